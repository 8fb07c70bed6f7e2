/*
 * The cgroup and the tag are set in the child, after libuv's fork and before libuv's own code runs there. So children of
 * other threads cannot get them by accident, and libuv's spawn stays unchanged.
 *
 * Where the kernel allows it, clone3 creates the child inside its cgroup: a process that moves itself waits for some
 * milliseconds. A child of clone3 skips the rest of what the C library's fork does: running pthread_atfork handlers, and
 * resetting the library's own locks and list of threads. As after vfork or posix_spawn, libuv's child needs none of that
 * before its exec, unless it changes its user or group (for which the C library signals all threads on its list). In that
 * case, and where other code has already replaced fork, the real fork is used and the child moves itself.
 *
 * A child of ours that carries the standing tag, and was forked neither by libuv nor by other code of this process, is an
 * orphan. So other code's forks through the C library are noted, and get the standing tag too, so that their descendants
 * carry it.
 */
#define _GNU_SOURCE
#include "fork.h"

#include "import.h"
#include "usage.h"

#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <signal.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>
#ifdef __GLIBC__
#include <gnu/libc-version.h>
#endif

// The same on every architecture; missing from older headers.
#define CALL_CLONE3 435
#define INTO_CGROUP 0x200000000ULL
/** RLIMIT_LOCKS: Linux no longer enforces it. */
#define FILE_LOCKS 10
/** Linux assigns no higher pids. */
#define PIDS (1U << 22)
#define NOT_YET (-1)
/** Clock ticks per second, as Linux reports them on every architecture that Node runs on. */
#define TICKS 100U

struct clone_arguments {
  uint64_t flags, pidfd, child_tid, parent_tid, exit_signal, stack, stack_size, tls, set_tid, set_tid_size, cgroup;
};

typedef pid_t (*fork_function)(void);
typedef pid_t (*waitpid_function)(pid_t, int *, int);

static any_function before_fork = (any_function)fork;
static any_function before_waitpid = (any_function)waitpid;
static bool may_clone;
/** libuv's waitpid was the C library's own, so wait4 of the C library can stand in for it, and tells more. */
static bool may_measure;
/** No other code had redirected libuv's fork before. */
static bool is_first;

/** Held from a fork until the child is noted: its holder knows all of libuv's children. */
static pthread_mutex_t children_lock = PTHREAD_MUTEX_INITIALIZER;
/** By pid: the thread whose event loop waits for this child of libuv, or 0. Untouched pages take no memory. */
static pid_t waiting[PIDS];

/** By pid: when the latest child of other code with that pid began, in clock ticks since boot. Shared with the children. */
static uint32_t *others;
/** When the hooks were installed, in the same ticks. */
static uint32_t hooked_at;

static _Thread_local struct enclosure *current;
static _Thread_local bool is_libuvs;
/** The tag of processes started outside of any enclosure, on any thread. */
static uint64_t standing_tag;

static pid_t real_fork(void) {
  is_libuvs = true;
  const pid_t pid = ((fork_function)before_fork)();
  is_libuvs = false;
  return pid;
}

/* ---- libuv's children; the caller holds the lock ---- */

/** False once the thread has ended: its loop is closed, so nothing waits for its children any more. */
static bool is_awaited(pid_t pid) {
  const unsigned int n = (unsigned int)pid;
  if (n >= PIDS || waiting[n] == 0) return false;
  return syscall(SYS_tgkill, getpid(), waiting[n], 0) == 0 || errno != ESRCH;
}

static void note(pid_t pid, pid_t thread) {
  const unsigned int n = (unsigned int)pid;
  if (n < PIDS) waiting[n] = thread;
}

/* ---- in the child: system calls only ---- */

/** If the kernel refuses, the child has no tag; the trial at the opening of the level has ruled that out. */
static void tag_self(uint64_t tag) {
  struct rlimit limit;
  if (tag == 0 || syscall(SYS_prlimit64, 0, FILE_LOCKS, NULL, &limit) != 0) return;
  limit.rlim_cur = tag;
  (void)syscall(SYS_prlimit64, 0, FILE_LOCKS, &limit, NULL);
}

/** The current time in the units of a process's start time in /proc; never 0. */
static uint32_t ticks_now(void) {
  struct timespec now = {0};
  (void)clock_gettime(CLOCK_BOOTTIME, &now);
  const uint32_t ticks = (uint32_t)((uint64_t)now.tv_sec * TICKS + (uint64_t)now.tv_nsec / (1000000000U / TICKS));
  return ticks == 0 ? 1 : ticks;
}

/** Runs in every child of the C library's fork, whoever called it. */
static void note_self(void) {
  const uint64_t tag = __atomic_load_n(&standing_tag, __ATOMIC_RELAXED);
  const unsigned int n = (unsigned int)getpid();
  if (is_libuvs || tag == 0 || n >= PIDS) return;
  __atomic_store_n(&others[n], ticks_now(), __ATOMIC_RELEASE);
  tag_self(tag);
}

static int move_self(int cgroup) {
  const int file = openat(cgroup, "cgroup.procs", O_WRONLY | O_CLOEXEC);
  if (file < 0) return errno;
  ssize_t written;
  do written = write(file, "0", 1);
  while (written < 0 && errno == EINTR);
  const int error = written == 1 ? 0 : errno;
  (void)close(file);
  return error;
}

/* ---- in the parent ---- */

static pid_t clone_into(int cgroup) {
  struct clone_arguments arguments;
  memset(&arguments, 0, sizeof arguments);
  arguments.flags = INTO_CGROUP;
  arguments.exit_signal = SIGCHLD;
  arguments.cgroup = (uint64_t)cgroup;
  return (pid_t)syscall(CALL_CLONE3, &arguments, sizeof arguments);
}

/** Allocates a word that the child shares with us. */
static int *share_word(void) {
  void *memory = mmap(NULL, sizeof(int), PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
  if (memory == MAP_FAILED) return NULL;
  return memory;
}

static pid_t fork_enclosed(struct enclosure *enclosure) {
  const uint64_t tag = enclosure->tag != 0 ? enclosure->tag : __atomic_load_n(&standing_tag, __ATOMIC_RELAXED);
  if (enclosure->cgroup < 0) {
    const pid_t pid = real_fork();
    if (pid == 0) tag_self(tag);
    return pid;
  }
  if (may_clone && !enclosure->is_plain) {
    const pid_t pid = clone_into(enclosure->cgroup);
    if (pid == 0) tag_self(tag);
    // A fork can fail with these errors too. Any other error means that the kernel or a seccomp filter refuses clone3.
    if (pid >= 0 || errno == EAGAIN || errno == ENOMEM) return pid;
  }
  if (!enclosure->moved) enclosure->moved = share_word();
  if (enclosure->moved) {
    // Collect the previous child's result, if it reported one.
    const int before = __atomic_exchange_n(enclosure->moved, NOT_YET, __ATOMIC_ACQ_REL);
    if (before != 0) enclosure->error = before == NOT_YET ? EIO : before;
  } else {
    enclosure->error = ENOMEM;
  }
  const pid_t pid = real_fork();
  if (pid == 0) {
    const int error = move_self(enclosure->cgroup);
    if (enclosure->moved) __atomic_store_n(enclosure->moved, error, __ATOMIC_RELEASE);
    tag_self(tag);
  } else if (pid < 0 && enclosure->moved) {
    __atomic_store_n(enclosure->moved, 0, __ATOMIC_RELEASE); // no child to wait for
  }
  return pid;
}

static pid_t hooked_fork(void) {
  struct enclosure bare = {.cgroup = -1};
  struct enclosure *enclosure = current ? current : &bare;
  if (pthread_mutex_lock(&children_lock) != 0) {
    enclosure->error = EDEADLK;
    return real_fork();
  }
  const pid_t pid = fork_enclosed(enclosure);
  if (pid == 0) {
    children_lock = (pthread_mutex_t)PTHREAD_MUTEX_INITIALIZER;
    usage_note_self();
    return 0;
  }
  const int error = errno;
  if (pid > 0) note(pid, (pid_t)syscall(SYS_gettid));
  (void)pthread_mutex_unlock(&children_lock);
  errno = error;
  return pid;
}

static pid_t hooked_waitpid(pid_t pid, int *status, int options) {
  int own_status = 0;
  struct rusage usage;
  // Wait first, so that the lock is not held meanwhile.
  if (pid > 0 && (options & WNOHANG) == 0) {
    siginfo_t info;
    if (waitid(P_PID, (id_t)pid, &info, WEXITED | WNOWAIT) != 0) return -1;
  }
  const bool is_locked = pthread_mutex_lock(&children_lock) == 0;
  const bool measures = may_measure; // another thread may be setting it
  const pid_t found = measures ? wait4(pid, &own_status, options, &usage)
                               : ((waitpid_function)before_waitpid)(pid, &own_status, options);
  const int error = errno;
  if (found > 0 && (WIFEXITED(own_status) || WIFSIGNALED(own_status))) {
    note(found, 0);
    if (measures) usage_note(found, &usage);
  }
  if (is_locked) (void)pthread_mutex_unlock(&children_lock);
  if (found > 0 && status) *status = own_status;
  errno = error;
  return found;
}

/** False if unknown. */
static bool is_of_libc(any_function function) {
#ifdef __GLIBC__
  Dl_info theirs, libc;
  if (dladdr((void *)(uintptr_t)function, &theirs) == 0) return false;
  if (dladdr((void *)(uintptr_t)gnu_get_libc_version, &libc) == 0) return false;
  return theirs.dli_fbase == libc.dli_fbase;
#else
  (void)function;
  return false;
#endif
}

/**
 * Whether clone3 may replace that function: it must be the C library's own fork, from a version that does not cache its
 * pid. A seccomp filter may kill for an unknown system call, but not for one that the C library itself makes.
 */
static bool may_stand_in(any_function function) {
#ifdef __GLIBC__
  if (!is_of_libc(function)) return false;
  const char *version = gnu_get_libc_version();
  const long minor = strncmp(version, "2.", 2) == 0 ? strtol(version + 2, NULL, 10) : 0;
  return minor >= 34 || (minor >= 28 && prctl(PR_GET_SECCOMP) == 0);
#else
  (void)function;
  return false;
#endif
}

static const char *hook(void) {
  const void *libuv = dlsym(RTLD_DEFAULT, "uv_spawn");
  if (!libuv) return "this program does not export its libuv";
  usage_open();
  // Hook waitpid first: it only clears notes, which is harmless while there are none.
  const char *obstacle = import_redirect(libuv, "waitpid", (any_function)hooked_waitpid, &before_waitpid);
  if (!obstacle) obstacle = import_redirect(libuv, "fork", (any_function)hooked_fork, &before_fork);
  if (obstacle) return obstacle;
  hooked_at = ticks_now();
  is_first = is_of_libc(before_fork);
  may_measure = is_of_libc(before_waitpid);
  may_clone = may_stand_in(before_fork);
  void *memory = mmap(NULL, PIDS * sizeof *others, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
  if (memory == MAP_FAILED) return NULL; // then forks by other code get no tag
  others = memory;
  return pthread_atfork(NULL, NULL, note_self) == 0 ? NULL : "the C library accepts no fork handler";
}

const char *fork_hook(void) {
  static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
  static bool was_tried;
  static const char *obstacle;
  if (pthread_mutex_lock(&lock) != 0) return "the lock of the native part is broken";
  if (!was_tried) obstacle = hook();
  was_tried = true;
  const char *answer = obstacle;
  (void)pthread_mutex_unlock(&lock);
  return answer;
}

struct enclosure *fork_enclose(struct enclosure *enclosure) {
  struct enclosure *before = current;
  current = enclosure;
  return before;
}

int fork_entered(struct enclosure *enclosure) {
  if (!enclosure->moved) return -enclosure->error;
  const int moved = __atomic_load_n(enclosure->moved, __ATOMIC_ACQUIRE);
  if (moved != 0) enclosure->error = moved == NOT_YET ? EIO : moved;
  if (munmap(enclosure->moved, sizeof(int)) != 0 && enclosure->error == 0) enclosure->error = errno;
  enclosure->moved = NULL;
  return enclosure->error == 0 ? 1 : -enclosure->error;
}

void fork_set_standing_tag(uint64_t tag) {
  __atomic_store_n(&standing_tag, tag, __ATOMIC_RELAXED);
}

bool fork_is_awaited(pid_t pid) {
  if (pthread_mutex_lock(&children_lock) != 0) return true;
  const bool answer = is_awaited(pid);
  (void)pthread_mutex_unlock(&children_lock);
  return answer;
}

bool fork_knows_all(void) {
  return is_first;
}

bool fork_measures(void) {
  return may_measure;
}

bool fork_is_others(pid_t pid, uint32_t start) {
  const unsigned int n = (unsigned int)pid;
  if (n >= PIDS) return false;
  // A second copy of the native part, loaded later, does not know the children of the first.
  if ((int32_t)(hooked_at - start) >= 0) return true;
  if (!others) return false;
  const uint32_t noted = __atomic_load_n(&others[n], __ATOMIC_ACQUIRE);
  // An earlier process with this pid was noted before this one began. The tick count wraps around after 497 days.
  return noted != 0 && (int32_t)(noted - start) >= 0;
}

int fork_reap(pid_t pid) {
  int status = -1;
  if (pthread_mutex_lock(&children_lock) != 0) return -1;
  const bool is_dead = !is_awaited(pid) && waitpid(pid, &status, WNOHANG) == pid;
  if (is_dead) note(pid, 0);
  (void)pthread_mutex_unlock(&children_lock);
  return is_dead ? status : -1;
}
