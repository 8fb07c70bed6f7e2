// Leaves processes that only init can reap, again and again: orphan-zombie <dir>
#include "beat.h"

int main(int argc, char **argv) {
  (void)argc;
  umask(0);
  int fd = open_beat(argv[1], "main");
  announce_pid(argv[1], "main", getpid());
  for (int i = 0; i < 200; i++) {
    beat_once(fd);
    pid_t child = fork();
    if (child < 0) fail("fork");
    if (child == 0) {
      if (fork() == 0) pause_us(1000); // dies as an orphan
      _exit(0);
    }
    waitpid(child, NULL, 0);
    pause_us(5000);
  }
  beat_on(fd, 5000);
}
