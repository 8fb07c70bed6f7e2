/*
 * The kernel tells what a child has used to whoever reaps it. Its peak of memory begins before the exec, when the child is a
 * copy of this process, and an exec does not reset it: a small program seems to have had as much as we had. So each child
 * notes the peak that it begins with, and only a clearly higher one is its program's.
 */
#define _GNU_SOURCE
#include "usage.h"

#include <pthread.h>
#include <stddef.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <unistd.h>

/** Children write to a place by their pid; two at once with the same place are told apart by the pid beside the value. */
#define PLACES 4096U
#define KIB 1024
/** What libuv's part of the child may add before its exec, and how far the kernel's count may be off, with much to spare. */
#define MARGIN_KIB (8 * 1024)
#define MICROSECONDS 1000000

struct wanted {
  struct wanted *next;
  pid_t pid;
  bool is_ended;
  /** Peak before the exec; -1: unknown. */
  int64_t first_kib;
  struct used used;
};

/** Shared with the children: pid and peak. */
static uint64_t *first_peaks;

static pthread_mutex_t wanted_lock = PTHREAD_MUTEX_INITIALIZER;
static struct wanted *wanted;

void usage_open(void) {
  void *memory =
      mmap(NULL, PLACES * sizeof *first_peaks, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
  if (memory != MAP_FAILED) first_peaks = memory; // else no peak is known
}

void usage_note_self(void) {
  struct rusage usage;
  const uint32_t pid = (uint32_t)getpid();
  if (!first_peaks || getrusage(RUSAGE_SELF, &usage) != 0) return;
  const uint64_t noted = (uint64_t)pid << 32 | (uint32_t)usage.ru_maxrss;
  __atomic_store_n(&first_peaks[pid % PLACES], noted, __ATOMIC_RELEASE);
}

static int64_t first_peak_of(pid_t pid) {
  if (!first_peaks) return -1;
  const uint64_t noted = __atomic_load_n(&first_peaks[(uint32_t)pid % PLACES], __ATOMIC_ACQUIRE);
  return noted >> 32 == (uint32_t)pid ? (int64_t)(uint32_t)noted : -1;
}

bool usage_want(pid_t pid) {
  struct wanted *added = calloc(1, sizeof *added);
  if (!added) return false;
  added->pid = pid;
  added->first_kib = first_peak_of(pid);
  if (pthread_mutex_lock(&wanted_lock) != 0) {
    free(added);
    return false;
  }
  // Last: of two with one number, the older has ended and is taken first.
  struct wanted **end = &wanted;
  while (*end) end = &(*end)->next;
  *end = added;
  (void)pthread_mutex_unlock(&wanted_lock);
  return true;
}

static int64_t microseconds(struct timeval time) {
  return (int64_t)time.tv_sec * MICROSECONDS + (int64_t)time.tv_usec;
}

void usage_note(pid_t pid, const struct rusage *usage) {
  if (pthread_mutex_lock(&wanted_lock) != 0) return;
  struct wanted *each = wanted;
  // One that has ended but was not yet asked for: the number is another child's by now.
  while (each && (each->pid != pid || each->is_ended)) each = each->next;
  if (each) {
    each->is_ended = true;
    each->used.cpu_us = microseconds(usage->ru_utime) + microseconds(usage->ru_stime);
    const bool is_its_own = each->first_kib >= 0 && usage->ru_maxrss > each->first_kib + MARGIN_KIB;
    each->used.peak_bytes = is_its_own ? (int64_t)usage->ru_maxrss * KIB : -1;
  }
  (void)pthread_mutex_unlock(&wanted_lock);
}

bool usage_take(pid_t pid, struct used *used) {
  if (pthread_mutex_lock(&wanted_lock) != 0) return false;
  struct wanted **at = &wanted;
  while (*at && (*at)->pid != pid) at = &(*at)->next;
  struct wanted *found = *at;
  if (found) *at = found->next;
  (void)pthread_mutex_unlock(&wanted_lock);
  const bool is_known = found && found->is_ended;
  if (is_known) *used = found->used;
  free(found);
  return is_known;
}
