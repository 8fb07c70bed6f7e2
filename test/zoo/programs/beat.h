// What every program of the zoo does: it announces itself with <role>.pid and beats into <role>.beat, as the fixtures of
// test/fixtures/processes do. None lives longer than LIFETIME_S, whatever becomes of the tests.
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/ptrace.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#define LIFETIME_S 1200

static void fail(const char *what) {
  perror(what);
  _exit(99);
}

static void pause_us(long us) {
  struct timespec time = {us / 1000000, us % 1000000 * 1000};
  nanosleep(&time, NULL);
}

static const char *path_of(const char *dir, const char *role, const char *ending) {
  static char path[4096];
  snprintf(path, sizeof path, "%s/%s.%s", dir, role, ending);
  return path;
}

static void announce_pid(const char *dir, const char *role, pid_t pid) {
  char fresh[4096];
  snprintf(fresh, sizeof fresh, "%s", path_of(dir, role, "pid.new"));
  FILE *file = fopen(fresh, "w");
  if (!file) fail(fresh);
  fprintf(file, "%d", pid);
  fclose(file);
  if (rename(fresh, path_of(dir, role, "pid"))) fail("rename");
}

static int open_beat(const char *dir, const char *role) {
  int fd = open(path_of(dir, role, "beat"), O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0666);
  if (fd < 0) fail("open beat");
  return fd;
}

static void beat_once(int fd) {
  if (write(fd, ".", 1) != 1) fail("beat");
}

/** For ever, as far as a test is concerned. */
static void beat_on(int fd, long every_us) {
  time_t end = time(NULL) + LIFETIME_S;
  while (time(NULL) < end) {
    beat_once(fd);
    pause_us(every_us);
  }
  _exit(0);
}

static void __attribute__((unused)) beat(const char *dir, const char *role, long every_us) {
  int fd = open_beat(dir, role);
  beat_once(fd);
  announce_pid(dir, role, getpid());
  beat_on(fd, every_us);
}

/** The test has put a file there to end those that no signal catches. */
static int __attribute__((unused)) told_to_stop(const char *dir) {
  return access(path_of(dir, "all", "stop"), F_OK) == 0;
}
