// Notes every signal that reaches it, from within, and beats: stranger <dir> <role> [setsid] [fork2] [group:<n children>]
// With ZOO_TRACKED in its environment it is no stranger: under the same command line, it just waits for its end.
#include "beat.h"

static int signals_fd;

static void note(int number, siginfo_t *info, void *context) {
  (void)context;
  char line[64];
  int length = snprintf(line, sizeof line, "%d from %d\n", number, info->si_pid);
  // SIGCHLD and what the kernel itself sends is no kill.
  if (info->si_code <= 0 && number != SIGCHLD && write(signals_fd, line, length) != length) _exit(97);
}

int main(int argc, char **argv) {
  const char *dir = argv[1], *role = argv[2];
  char name[256];
  umask(0);
  if (getenv("ZOO_TRACKED")) {
    announce_pid(dir, getenv("ZOO_TRACKED"), getpid());
    pause_us(LIFETIME_S * 1000000L);
    return 0;
  }
  snprintf(name, sizeof name, "%s", role);
  signals_fd = open(path_of(dir, role, "signals"), O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0666);
  if (signals_fd < 0) fail("open signals");
  struct sigaction action = {.sa_sigaction = note, .sa_flags = SA_SIGINFO | SA_RESTART};
  for (int number = 1; number < 65; number++) sigaction(number, &action, NULL);
  for (int i = 3; i < argc; i++) {
    if (!strcmp(argv[i], "setsid")) setsid();
    if (!strcmp(argv[i], "fork2")) {
      pid_t child = fork();
      if (child < 0) fail("fork");
      if (child > 0) _exit(0);
    }
    if (!strncmp(argv[i], "group:", 6)) {
      for (int n = atoi(argv[i] + 6); n > 0; n--) {
        pid_t child = fork();
        if (child < 0) fail("fork");
        if (child == 0) {
          snprintf(name, sizeof name, "%s-%d", role, n);
          break;
        }
      }
    }
  }
  beat(dir, name, 20000);
}
