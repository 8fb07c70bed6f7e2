/* The Node-API interface, see src/process/native/addon.ts. A system call that fails returns -errno. */
#define _GNU_SOURCE
#include "fork.h"
#include "usage.h"

#include <errno.h>
#include <node_api.h>
#include <pthread.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <sys/prctl.h>
#include <sys/random.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

// The same on every architecture; missing from older headers.
#define CALL_PIDFD_SEND_SIGNAL 424
#define CALL_PIDFD_OPEN 434
#define FILE_LOCKS 10

#define MAX_ARGUMENTS 4

/** Throws a JavaScript exception, to end a function that has failed. */
static napi_value fail(napi_env env) {
  bool is_pending = false;
  const napi_extended_error_info *info = NULL;
  if (napi_is_exception_pending(env, &is_pending) != napi_ok || is_pending) return NULL;
  if (napi_get_last_error_info(env, &info) != napi_ok || !info || !info->error_message) {
    (void)napi_throw_error(env, NULL, "The native part has failed");
  } else {
    (void)napi_throw_error(env, NULL, info->error_message);
  }
  return NULL;
}

#define TRY(call) \
  do { \
    if ((call) != napi_ok) return fail(env); \
  } while (0)

static bool arguments(napi_env env, napi_callback_info info, size_t wanted, napi_value *values) {
  size_t count = wanted;
  if (napi_get_cb_info(env, info, &count, values, NULL, NULL) != napi_ok) return false;
  if (count >= wanted) return true;
  (void)napi_throw_type_error(env, NULL, "The native part was given too few arguments");
  return false;
}

static napi_value number(napi_env env, int64_t value) {
  napi_value result;
  TRY(napi_create_int64(env, value, &result));
  return result;
}

static napi_value number_or_errno(napi_env env, long result) {
  return number(env, result < 0 ? -errno : result);
}

static napi_value truth(napi_env env, bool value) {
  napi_value result;
  TRY(napi_get_boolean(env, value, &result));
  return result;
}

/* hook(): empty on success, else why it cannot be done */
static napi_value hook(napi_env env, napi_callback_info info) {
  (void)info;
  const char *obstacle = fork_hook();
  napi_value result;
  TRY(napi_create_string_utf8(env, obstacle ? obstacle : "", NAPI_AUTO_LENGTH, &result));
  return result;
}

/* enclose(cgroup, isPlain, tag, call): the result of fork_entered for everything that call has started */
static napi_value enclose(napi_env env, napi_callback_info info) {
  napi_value values[MAX_ARGUMENTS], receiver, ignored;
  struct enclosure enclosure = {.cgroup = -1};
  bool is_whole;
  if (!arguments(env, info, 4, values)) return fail(env);
  TRY(napi_get_value_int32(env, values[0], &enclosure.cgroup));
  TRY(napi_get_value_bool(env, values[1], &enclosure.is_plain));
  TRY(napi_get_value_bigint_uint64(env, values[2], &enclosure.tag, &is_whole));
  TRY(napi_get_undefined(env, &receiver));
  struct enclosure *before = fork_enclose(&enclosure);
  const napi_status status = napi_call_function(env, receiver, values[3], 0, NULL, &ignored);
  (void)fork_enclose(before);
  const int entered = fork_entered(&enclosure);
  TRY(status);
  return number(env, entered);
}

/* standingTag(tag): sets the tag of everything this process starts without one */
static napi_value standing_tag(napi_env env, napi_callback_info info) {
  napi_value values[MAX_ARGUMENTS];
  uint64_t tag;
  bool is_whole;
  if (!arguments(env, info, 1, values)) return fail(env);
  TRY(napi_get_value_bigint_uint64(env, values[0], &tag, &is_whole));
  fork_set_standing_tag(tag);
  return NULL;
}

static bool first_int(napi_env env, napi_callback_info info, int32_t *value) {
  napi_value values[MAX_ARGUMENTS];
  return arguments(env, info, 1, values) && napi_get_value_int32(env, values[0], value) == napi_ok;
}

/* isOwnChild(pid): whether Node waits for it */
static napi_value is_own_child(napi_env env, napi_callback_info info) {
  int32_t pid;
  if (!first_int(env, info, &pid)) return fail(env);
  return truth(env, fork_is_awaited(pid));
}

/* knowsAll(): whether no other copy of the native part was loaded before */
static napi_value knows_all(napi_env env, napi_callback_info info) {
  (void)info;
  return truth(env, fork_knows_all());
}

/* isOthersChild(pid, startTicks): whether other native code may have forked it */
static napi_value is_others_child(napi_env env, napi_callback_info info) {
  napi_value values[MAX_ARGUMENTS];
  int32_t pid;
  int64_t start;
  if (!arguments(env, info, 2, values)) return fail(env);
  TRY(napi_get_value_int32(env, values[0], &pid));
  TRY(napi_get_value_int64(env, values[1], &start));
  return truth(env, fork_is_others(pid, (uint32_t)start));
}

/* reap(pid): the number of the signal that ended it, 0 if it exited; -1 if it was not reaped */
static napi_value reap(napi_env env, napi_callback_info info) {
  int32_t pid;
  if (!first_int(env, info, &pid)) return fail(env);
  const int status = fork_reap(pid);
  return number(env, status == -1 ? -1 : WIFSIGNALED(status) ? WTERMSIG(status) : 0);
}

/* measure(pid): whether takeUsage will know what that child of Node's has used */
static napi_value measure(napi_env env, napi_callback_info info) {
  int32_t pid;
  if (!first_int(env, info, &pid)) return fail(env);
  return truth(env, fork_measures() && usage_want(pid));
}

/* takeUsage(pid): [microseconds of processor time, bytes or -1]; empty if unknown */
static napi_value take_usage(napi_env env, napi_callback_info info) {
  int32_t pid;
  struct used used;
  napi_value result;
  if (!first_int(env, info, &pid)) return fail(env);
  TRY(napi_create_array(env, &result));
  if (!usage_take(pid, &used)) return result;
  TRY(napi_set_element(env, result, 0, number(env, used.cpu_us)));
  TRY(napi_set_element(env, result, 1, number(env, used.peak_bytes)));
  return result;
}

/* lockLimit(pid): the process's soft limit on file locks */
static napi_value lock_limit(napi_env env, napi_callback_info info) {
  int32_t pid;
  struct rlimit limit;
  napi_value result;
  if (!first_int(env, info, &pid)) return fail(env);
  if (syscall(SYS_prlimit64, pid, FILE_LOCKS, NULL, &limit) != 0) return number(env, -errno);
  TRY(napi_create_bigint_uint64(env, limit.rlim_cur, &result));
  return result;
}

/* isChildSubreaper() */
static napi_value is_child_subreaper(napi_env env, napi_callback_info info) {
  (void)info;
  int answer = 0;
  return truth(env, prctl(PR_GET_CHILD_SUBREAPER, &answer, 0, 0, 0) == 0 && answer != 0);
}

/* How many holds, of all environments, keep the process a subreaper, and whether it was one before. */
static pthread_mutex_t subreaper_lock = PTHREAD_MUTEX_INITIALIZER;
static unsigned int subreaper_holds;
static int was_subreaper;

static int hold_subreaper(unsigned int *own) {
  if (subreaper_holds == 0 && prctl(PR_GET_CHILD_SUBREAPER, &was_subreaper, 0, 0, 0) != 0) return -errno;
  if (prctl(PR_SET_CHILD_SUBREAPER, 1UL, 0UL, 0UL, 0UL) != 0) return -errno;
  subreaper_holds++;
  (*own)++;
  return 0;
}

static int release_subreaper(unsigned int *own) {
  if (*own == 0) return 0;
  (*own)--;
  if (--subreaper_holds > 0 || was_subreaper) return 0;
  return prctl(PR_SET_CHILD_SUBREAPER, 0UL, 0UL, 0UL, 0UL) != 0 ? -errno : 0;
}

/** An environment has ended, perhaps by being terminated: it releases nothing itself any more. */
static void release_own(void *data) {
  unsigned int *own = data;
  if (pthread_mutex_lock(&subreaper_lock) == 0) {
    while (*own > 0) (void)release_subreaper(own);
    (void)pthread_mutex_unlock(&subreaper_lock);
  }
  free(own);
}

/* setChildSubreaper(isOne) */
static napi_value set_child_subreaper(napi_env env, napi_callback_info info) {
  napi_value values[MAX_ARGUMENTS];
  bool is_one;
  void *own = NULL;
  if (!arguments(env, info, 1, values)) return fail(env);
  TRY(napi_get_value_bool(env, values[0], &is_one));
  TRY(napi_get_instance_data(env, &own));
  if (!own || pthread_mutex_lock(&subreaper_lock) != 0) return number(env, -EDEADLK);
  const int result = is_one ? hold_subreaper(own) : release_subreaper(own);
  (void)pthread_mutex_unlock(&subreaper_lock);
  return number(env, result);
}

/* pidfdOpen(pid) */
static napi_value pidfd_open(napi_env env, napi_callback_info info) {
  int32_t pid;
  if (!first_int(env, info, &pid)) return fail(env);
  return number_or_errno(env, syscall(CALL_PIDFD_OPEN, pid, 0U));
}

/* pidfdSignal(fd, signal) */
static napi_value pidfd_signal(napi_env env, napi_callback_info info) {
  napi_value values[MAX_ARGUMENTS];
  int32_t file, signal;
  if (!arguments(env, info, 2, values)) return fail(env);
  TRY(napi_get_value_int32(env, values[0], &file));
  TRY(napi_get_value_int32(env, values[1], &signal));
  return number_or_errno(env, syscall(CALL_PIDFD_SEND_SIGNAL, file, signal, NULL, 0U));
}

/* close(fd): on a worker thread, Node's own close warns about descriptors that Node did not open */
static napi_value close_file(napi_env env, napi_callback_info info) {
  int32_t file;
  if (!first_int(env, info, &file)) return fail(env);
  return number_or_errno(env, close(file));
}

static int64_t last_number;

/** At random, so that a second copy of the native part, or this process's program before an execve, began elsewhere. */
static void choose_first_number(void) {
  if (getrandom(&last_number, sizeof last_number, 0) == (ssize_t)sizeof last_number) return;
  last_number = (int64_t)(uintptr_t)&last_number >> 12;
}

/* nextNumber(): a counter of 34 bits shared by all threads; never 0 */
static napi_value next_number(napi_env env, napi_callback_info info) {
  static pthread_once_t once = PTHREAD_ONCE_INIT;
  (void)info;
  if (pthread_once(&once, choose_first_number) != 0) return fail(env);
  const int64_t next = __atomic_add_fetch(&last_number, 1, __ATOMIC_RELAXED) & 0x3ffffffff;
  return number(env, next == 0 ? 1 : next);
}

NAPI_MODULE_INIT() {
  const struct {
    const char *name;
    napi_callback function;
  } functions[] = {
      {"hook", hook},
      {"enclose", enclose},
      {"standingTag", standing_tag},
      {"nextNumber", next_number},
      {"isOwnChild", is_own_child},
      {"knowsAll", knows_all},
      {"isOthersChild", is_others_child},
      {"reap", reap},
      {"measure", measure},
      {"takeUsage", take_usage},
      {"lockLimit", lock_limit},
      {"isChildSubreaper", is_child_subreaper},
      {"setChildSubreaper", set_child_subreaper},
      {"pidfdOpen", pidfd_open},
      {"pidfdSignal", pidfd_signal},
      {"close", close_file},
  };
  for (size_t i = 0; i < sizeof functions / sizeof functions[0]; i++) {
    napi_value value;
    TRY(napi_create_function(env, functions[i].name, NAPI_AUTO_LENGTH, functions[i].function, NULL, &value));
    TRY(napi_set_named_property(env, exports, functions[i].name, value));
  }
  // How often this environment holds the process as a subreaper.
  unsigned int *own = calloc(1, sizeof *own);
  if (!own || napi_set_instance_data(env, own, NULL, NULL) != napi_ok) {
    free(own);
    return fail(env);
  }
  TRY(napi_add_env_cleanup_hook(env, release_own, own));
  return exports;
}
