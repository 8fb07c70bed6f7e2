// Many processes: crowd <dir> chain|fan <how many>; each beats into crowd.beat, seldom.
#include "beat.h"

int main(int argc, char **argv) {
  (void)argc;
  const char *dir = argv[1];
  int chain = !strcmp(argv[2], "chain");
  int number = atoi(argv[3]);
  umask(0);
  int fd = open_beat(dir, "crowd");
  beat_once(fd);
  pid_t main_pid = getpid();
  for (int i = 0; i < number; i++) {
    pid_t child = fork();
    if (child < 0) fail("fork");
    // A chain goes on in the child, a fan in the parent.
    if (chain ? child > 0 : child == 0) beat_on(fd, 50000);
  }
  announce_pid(dir, "main", main_pid);
  beat_on(fd, 50000);
}
