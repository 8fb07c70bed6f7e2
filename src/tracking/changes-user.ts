/** The options that start a process as another user or group. */
export interface ChildUser {
  uid?: number | null;
  gid?: number | null;
}

/** Whether Node has to set a user or group for the process, even if it is our own. */
export function changesUser({ uid, gid }: ChildUser): boolean {
  return typeof uid === 'number' || typeof gid === 'number';
}
