#ifndef TEMPORAL_REAPER_FORK_H
#define TEMPORAL_REAPER_FORK_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

/** What the children that this thread forks get, beyond what they inherit. */
struct enclosure {
  /** File descriptor of the cgroup's directory; -1: none. */
  int cgroup;
  /** The child needs the C library's own fork: see fork.c. */
  bool is_plain;
  /** Soft limit on file locks; 0: use the standing tag. */
  uint64_t tag;
  /** Where a child that moves itself reports the result; NULL: no child had to. */
  int *moved;
  /** errno of a child that could not enter its cgroup; 0: none failed. */
  int error;
};

/**
 * Redirects fork and waitpid for this process's libuv, permanently; later calls do nothing.
 *
 * @return NULL, or why it cannot be done, in words
 */
const char *fork_hook(void);

/** Applies the enclosure to this thread's children from now on. Returns the previous enclosure. */
struct enclosure *fork_enclose(struct enclosure *enclosure);

/**
 * Ends the use of the enclosure; call it once the last child is past its fork. Returns 0 if every child was born in its
 * cgroup, 1 if one moved there itself, -errno if one did not get there.
 */
int fork_entered(struct enclosure *enclosure);

/** Sets the tag of children forked without a tag of their own, on any thread and by any code; 0: none. */
void fork_set_standing_tag(uint64_t tag);

/** Whether libuv forked this child and a thread of this process still waits for it. */
bool fork_is_awaited(pid_t pid);

/** Whether this copy of the native part saw the fork of every tagged child, because no other copy is older. */
bool fork_knows_all(void);

/** Whether the reaping of libuv's children tells what they have used. */
bool fork_measures(void);

/**
 * Whether other code of this process may have forked this child through the C library since there is a standing tag. True
 * for every child that began before the hooks were installed.
 *
 * @param start the child's start time, in clock ticks since boot
 */
bool fork_is_others(pid_t pid, uint32_t start);

/**
 * Reaps a dead child, unless libuv waits for it.
 *
 * @return its wait status; -1 if it is alive, libuv waits for it, or it is not our child
 */
int fork_reap(pid_t pid);

#endif
