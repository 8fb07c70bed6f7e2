const { NativeConnection, Worker } = require('@temporalio/worker');
const { ReaperPlugin } = require('temporal-reaper');
const activities = require('./activities');

async function main() {
  const connection = await NativeConnection.connect({
    address: process.env.TEMPORAL_ADDRESS ?? 'localhost:7233',
    plugins: [new ReaperPlugin()],
  });
  const worker = await Worker.create({
    connection,
    namespace: process.env.TEMPORAL_NAMESPACE ?? 'default',
    taskQueue: 'hello-cjs',
    workflowsPath: require.resolve('./workflows'),
    activities,
  });
  await worker.run(); // until Ctrl-C
  await connection.close();
}

main().catch((error) => {
  console.error(error);
  process.exit(1);
});
