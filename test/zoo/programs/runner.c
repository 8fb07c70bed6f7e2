// Forks and exits, generation after generation: runner <dir> <us between> [setsid]
#include "beat.h"

int main(int argc, char **argv) {
  const char *dir = argv[1];
  long us = atol(argv[2]);
  int leaves = argc > 3;
  umask(0);
  signal(SIGCHLD, SIG_IGN);
  int fd = open_beat(dir, "runner");
  announce_pid(dir, "main", getpid());
  time_t end = time(NULL) + LIFETIME_S;
  for (long generation = 0; time(NULL) < end; generation++) {
    beat_once(fd);
    if (generation % 16 == 0 && told_to_stop(dir)) return 0;
    pid_t child = fork();
    if (child > 0) _exit(0);
    if (child < 0) pause_us(1000);
    if (child == 0 && leaves) setsid();
    if (us > 0) pause_us(us);
  }
  return 0;
}
