#ifndef TEMPORAL_REAPER_USAGE_H
#define TEMPORAL_REAPER_USAGE_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/resource.h>
#include <sys/types.h>

/** What a child has used, with all descendants that it has waited for, directly or through others. */
struct used {
  int64_t cpu_us;
  /** Largest resident memory of one of them; -1: unknown. */
  int64_t peak_bytes;
};

/** Called once, before the first child. */
void usage_open(void);

/** In a child, right after its fork: notes how much memory it has from its parent. Makes system calls only. */
void usage_note_self(void);

/** In the parent: asks for what a child of libuv uses, before it is reaped. False if that cannot be kept. */
bool usage_want(pid_t pid);

/** A child has been reaped. */
void usage_note(pid_t pid, const struct rusage *usage);

/** Answers {@link usage_want}, once. False if the child was not wanted, or has not been reaped. */
bool usage_take(pid_t pid, struct used *used);

#endif
