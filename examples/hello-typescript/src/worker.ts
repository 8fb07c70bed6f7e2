import { NativeConnection, Worker } from '@temporalio/worker';
import { ReaperPlugin } from 'temporal-reaper';
import * as activities from './activities';

async function main(): Promise<void> {
  const connection = await NativeConnection.connect({
    address: process.env.TEMPORAL_ADDRESS ?? 'localhost:7233',
    plugins: [new ReaperPlugin()],
  });
  const worker = await Worker.create({
    connection,
    namespace: process.env.TEMPORAL_NAMESPACE ?? 'default',
    taskQueue: 'hello-typescript',
    workflowsPath: require.resolve('./workflows'),
    activities,
  });
  await worker.run(); // until Ctrl-C
  await connection.close();
}

main().catch((error: unknown) => {
  console.error(error);
  process.exit(1);
});
