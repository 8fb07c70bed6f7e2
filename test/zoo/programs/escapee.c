// A child that takes steps to get away while its parent goes on beating as "main": escapee <dir> <step>...
//   fork2     double fork: its parent is gone         setsid, setpgid   a session, a group of its own
//   emptyenv  execve with an empty environment        overwrite         writes over its environment, as setproctitle does
//   nodump    PR_SET_DUMPABLE 0                       ignore            ignores SIGTERM, SIGINT, SIGHUP, SIGQUIT
//   become:<uid>  setuid                              alone             "main" exits once the child is there
// A step written as `!step` is taken by the parent before it forks.
#include "beat.h"

extern char **environ;

static void overwrite_environment(void) {
  size_t length = 0;
  for (char **entry = environ; *entry; entry++) length += strlen(*entry) + 1;
  // The kernel shows what lies between two addresses of our own memory.
  if (length > 0) memset(environ[0], 0, length);
}

static void ignore_signals(void) {
  int signals[] = {SIGTERM, SIGINT, SIGHUP, SIGQUIT};
  for (int i = 0; i < 4; i++) signal(signals[i], SIG_IGN);
}

static void fork_and_leave(void) {
  pid_t pid = fork();
  if (pid < 0) fail("fork");
  if (pid > 0) _exit(0);
}

static void take(const char *step, char **argv) {
  if (!strcmp(step, "fork2")) fork_and_leave();
  else if (!strcmp(step, "setsid")) setsid();
  else if (!strcmp(step, "setpgid")) setpgid(0, 0);
  else if (!strcmp(step, "overwrite")) overwrite_environment();
  else if (!strcmp(step, "ignore")) ignore_signals();
  else if (!strcmp(step, "nodump")) prctl(PR_SET_DUMPABLE, 0);
  else if (!strncmp(step, "become:", 7)) {
    if (setuid(atoi(step + 7))) fail("setuid");
  } else if (!strcmp(step, "emptyenv")) {
    char *empty[] = {NULL}, *again[] = {argv[0], argv[1], "beat-only", NULL};
    execve("/proc/self/exe", again, empty);
    fail("execve");
  } else if (strcmp(step, "alone")) {
    fprintf(stderr, "no step %s\n", step);
    _exit(98);
  }
}

int main(int argc, char **argv) {
  const char *dir = argv[1];
  umask(0);
  if (argc == 3 && !strcmp(argv[2], "beat-only")) beat(dir, "escapee", 5000);
  int alone = 0;
  for (int i = 2; i < argc; i++) {
    if (argv[i][0] == '!') take(argv[i] + 1, argv);
    if (!strcmp(argv[i], "alone")) alone = 1;
  }
  pid_t child = fork();
  if (child < 0) fail("fork");
  if (child == 0) {
    for (int i = 2; i < argc; i++) {
      if (argv[i][0] != '!') take(argv[i], argv);
    }
    beat(dir, "escapee", 5000);
  }
  if (alone) {
    announce_pid(dir, "main", getpid());
    while (access(path_of(dir, "escapee", "pid"), F_OK)) pause_us(1000);
    return 0;
  }
  for (int i = 2; i < argc; i++) {
    if (!strcmp(argv[i], "fork2")) waitpid(child, NULL, 0);
  }
  beat(dir, "main", 5000);
}
