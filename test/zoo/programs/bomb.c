// A fork bomb that stops at a number of processes: bomb <dir> <how many> <us between> [setsid]
#include "beat.h"

int main(int argc, char **argv) {
  const char *dir = argv[1];
  int most = atoi(argv[2]);
  long us = atol(argv[3]);
  int leaves = argc > 4;
  umask(0);
  signal(SIGCHLD, SIG_IGN);
  int *count = mmap(NULL, sizeof *count, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
  if (count == MAP_FAILED) fail("mmap");
  *count = 1;
  int fd = open_beat(dir, "bomb");
  announce_pid(dir, "main", getpid());
  for (;;) {
    if (told_to_stop(dir)) _exit(0);
    beat_once(fd);
    // Counted before the fork: never more than that many were ever made.
    if (__atomic_add_fetch(count, 1, __ATOMIC_SEQ_CST) > most) break;
    pid_t child = fork();
    if (child == 0 && leaves) setsid();
    pause_us(us);
  }
  // Many of them beat now: seldom each.
  beat_on(fd, 50000);
}
