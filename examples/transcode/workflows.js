import { proxyActivities } from '@temporalio/workflow';

const { runCommand } = proxyActivities({ startToCloseTimeout: '1 day', heartbeatTimeout: '30s' });

export async function transcode(source, target) {
  await runCommand({
    file: 'ffmpeg',
    args: ['-nostdin', '-y', '-i', source, '-c:v', 'libx264', '-nostats', '-progress', 'pipe:1', target],
    progress: 'out_time=(\\S+)',
  });
}
