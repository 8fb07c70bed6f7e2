const { proxyActivities } = require('@temporalio/workflow');

const { tick } = proxyActivities({ startToCloseTimeout: '1 hour' });

async function hello() {
  await tick();
}

module.exports = { hello };
