import { cgroupMountsIn, cgroupPathIn, directoryIn } from '../../../../../src/process/containment/cgroup/own-cgroup';

test.each([
  ['0::/user.slice/a.service\n', '/user.slice/a.service'],
  ['9:name=systemd:/\n4:memory:/x\n0::/\n', '/'],
  ['4:memory:/x\n1:cpu:/\n', undefined],
  ['', undefined],
  ['0::/with space:and colon\n', '/with space:and colon'],
])('the cgroup2 path of %j is %j', (text, path) => expect(cgroupPathIn(text)).toBe(path));

test('mounts are found in hybrid layouts, with optional fields and octal escapes, and no others', () => {
  const mountinfo = [
    '22 1 8:1 / / rw,relatime - ext4 /dev/root rw',
    '41 31 0:38 / /sys/fs/cgroup/unified rw,relatime - cgroup2 cgroup2 rw',
    '32 31 0:29 / /sys/fs/cgroup/cpu rw,relatime - cgroup cgroup rw,cpu',
    '50 31 0:38 /docker/abc /mnt/my\\040cgroup ro,nosuid shared:7 master:1 - cgroup2 cgroup rw,nsdelegate',
    '51 31 0:40 / /mnt/cgroup2 rw - tmpfs cgroup2 rw',
    '',
  ].join('\n');
  expect(cgroupMountsIn(mountinfo)).toEqual([
    { root: '/', mountPoint: '/sys/fs/cgroup/unified' },
    { root: '/docker/abc', mountPoint: '/mnt/my cgroup' },
  ]);
});

test.each([
  ['/', '/a/b', '/m/a/b'],
  ['/', '/', '/m'],
  ['/a', '/a/b', '/m/b'],
  ['/a', '/a', '/m'],
  ['/a', '/ab', undefined], // the beginning of a name is no ancestor
  ['/a', '/', undefined],
  ['/..', '/', undefined],
  ['/', '/../x', undefined], // outside of our cgroup namespace
])('a mount of %j shows %j as %j', (root, path, directory) => {
  expect(directoryIn({ root, mountPoint: '/m' }, path)).toBe(directory);
});
