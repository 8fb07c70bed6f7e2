/** The set-ups to try. The page shows the name of each, and how to get it. */

const USER = '65534:65534';

/** Options of `docker run`. The `privileged` ones need more than some machines allow a container. */
export const containers = [
  { name: 'default', args: [] },
  { name: 'with an init', args: ['--init'] },
  { name: 'another user', args: [`--user=${USER}`] },
  { name: 'another user, with an init', args: [`--user=${USER}`, '--init'] },
  { name: 'read-only root file system', args: ['--read-only'] },
  { name: 'no capabilities, no new privileges', args: ['--cap-drop=ALL', '--security-opt=no-new-privileges'] },
  { name: 'a limit of 64 processes', args: ['--pids-limit=64'] },
  { name: 'the PID namespace of the host', args: ['--pid=host'] },
  { name: 'without a seccomp profile', args: ['--security-opt=seccomp=unconfined'] },
  { name: 'without the native part', args: [`-v=/dev/null:/app/dist/native/linux-${process.arch}.node:ro`] },
  { name: 'a hard limit on file locks', args: ['--ulimit=locks=1024:1024'] },
  { name: 'cgroups as a volume', args: ['--cgroupns=host', '-v=/sys/fs/cgroup:/sys/fs/cgroup'] },
  {
    name: 'cgroups as a volume, another user',
    args: ['--cgroupns=host', '-v=/sys/fs/cgroup:/sys/fs/cgroup', `--user=${USER}`],
  },
  { name: 'privileged', args: ['--privileged'] },
  { name: 'privileged, with an init', args: ['--privileged', '--init'] },
  { name: 'privileged, another user', args: ['--privileged', `--user=${USER}`] },
];

/** Set-ups for a real worker, which reaches its server on the host. */
export const workers = [
  { name: 'a worker on a server', args: [] },
  { name: 'a worker on a server, with an init', args: ['--init'] },
  {
    name: 'a worker on a server, another user, with an init, read-only',
    args: [`--user=${USER}`, '--init', '--read-only', '--tmpfs=/tmp'],
  },
  { name: 'a worker on a server, without the plugin', args: ['--init'], plugin: false },
];

const service = 'systemd-run --wait --pipe --collect --quiet';
const user = 'runuser -u worker -- env XDG_RUNTIME_DIR=/run/user/1000 systemd-run --user --collect --quiet';

/** Everything with which an administrator, or the installation of a package, makes systemd process its cgroups again. */
const RELOAD = `unit=$(sed -n 's,^0::.*/,,p' /proc/self/cgroup)
systemctl daemon-reload
systemctl daemon-reexec
systemctl set-property --runtime "$unit" MemoryMax=1G CPUWeight=50`;

/**
 * The words before the worker's command, and what to run before each kill. The VM has a lingering user `worker`.
 */
export const units = [
  { name: 'system service of root', how: service },
  { name: 'system service of root, `Delegate=yes`', how: `${service} -p Delegate=yes` },
  { name: 'system service of root, which systemd reloads and changes meanwhile', how: service, meanwhile: RELOAD },
  { name: 'system service of another user', how: `${service} -p User=worker` },
  { name: 'system service of another user, `Delegate=yes`', how: `${service} -p User=worker -p Delegate=yes` },
  {
    name: 'the same, `DelegateSubgroup=`',
    how: `${service} -p User=worker -p Delegate=yes -p DelegateSubgroup=main`,
  },
  {
    name: 'root, `Delegate=yes`, `DelegateSubgroup=`',
    how: `${service} -p Delegate=yes -p DelegateSubgroup=main`,
  },
  {
    name: 'the same with limits',
    how: `${service} -p User=worker -p Delegate=yes -p MemoryMax=1G -p TasksMax=200 -p CPUQuota=150%`,
  },
  {
    name: 'hardened',
    how: `${service} -p User=worker -p Delegate=yes -p ProtectSystem=strict -p PrivateTmp=yes -p NoNewPrivileges=yes -p ProtectProc=invisible -p RestrictNamespaces=yes`,
  },
  {
    name: 'with a filter of system calls that kills',
    how: `${service} -p User=worker -p Delegate=yes -p SystemCallFilter=@system-service`,
  },
  {
    name: 'with a filter of system calls that refuses',
    how: `${service} -p User=worker -p Delegate=yes -p SystemCallFilter=@system-service -p SystemCallErrorNumber=EPERM`,
  },
  {
    name: 'hardened, `ProtectControlGroups=yes`',
    how: `${service} -p User=worker -p Delegate=yes -p ProtectControlGroups=yes`,
  },
  { name: 'user service', how: `${user} --wait --pipe` },
  { name: 'user service, `Delegate=yes`', how: `${user} --wait --pipe -p Delegate=yes` },
  { name: 'scope of root', how: 'systemd-run --scope --collect --quiet' },
  { name: 'scope of root, `Delegate=yes`', how: 'systemd-run --scope --collect --quiet -p Delegate=yes' },
  { name: 'scope of a user', how: `${user} --scope` },
  { name: 'scope of a user, `Delegate=yes`', how: `${user} --scope -p Delegate=yes` },
];
