import type { ProcessInfo } from '../../contract/process-ref';
import { isDead, startedSince } from '../table/process-snapshot';
import type { MarkedLook } from '../table/marked-look';

/** Whether the user is one of this process: its real or its effective user. */
export function isOwnUser(uid: number): boolean {
  return uid === process.getuid?.() || uid === process.geteuid?.();
}

/**
 * Whether a marker is evidence against its carrier. The parts of a marker are public, and a set-user-id program keeps the
 * environment that its caller gives it. So the real user of the carrier must satisfy `isKnownUser`, and so must the real
 * users of its ancestors back to `sinceTicks`: a process that adopted an orphan of the attempt is older than that.
 */
export function isBelieved(
  marked: MarkedLook,
  carrier: ProcessInfo,
  isKnownUser: (uid: number) => boolean,
  sinceTicks: string,
): boolean {
  const seen = new Set<ProcessInfo>();
  let at: ProcessInfo | undefined = carrier;
  while (at && !seen.has(at) && (at === carrier || (sinceTicks !== '' && startedSince(at.startTicks, sinceTicks)))) {
    const uid = marked.realUid(at);
    if (uid === undefined || !isKnownUser(uid)) return false;
    seen.add(at);
    at = marked.look.byPid.get(at.ppid);
  }
  return true;
}

/**
 * Extends a tree with the carriers of its marker that are believed: first those of our own users and of the users that the
 * attempt is known to have used, then those of any user that appears in the tree.
 *
 * @param grow returns the tree of everything known otherwise plus these carriers
 * @param doubt called for each carrier that is not believed
 */
export function withCarriers(
  marked: MarkedLook,
  carriers: readonly ProcessInfo[],
  isGivenUser: (uid: number) => boolean,
  sinceTicks: string,
  grow: (believed: readonly ProcessInfo[]) => ProcessInfo[],
  doubt: (carrier: ProcessInfo, uid: number) => void,
): ProcessInfo[] {
  let believed: ProcessInfo[] = [];
  for (;;) {
    const tree = grow(believed);
    const known = new Set([...tree, ...believed]);
    const doubtful = carriers.filter((carrier) => !known.has(carrier));
    if (doubtful.length === 0) return tree;
    const believe = (isKnownUser: (uid: number) => boolean): ProcessInfo[] =>
      doubtful.filter((carrier) => isBelieved(marked, carrier, isKnownUser, sinceTicks));
    let more = believe(isGivenUser);
    if (more.length === 0) {
      const seen = new Set(tree.map((process) => marked.realUid(process)));
      more = believe((uid) => isGivenUser(uid) || seen.has(uid));
    }
    if (more.length === 0) {
      for (const carrier of doubtful) {
        const uid = isDead(carrier) ? undefined : marked.realUid(carrier);
        if (uid !== undefined) doubt(carrier, uid);
      }
      return tree;
    }
    believed = [...believed, ...more];
  }
}
