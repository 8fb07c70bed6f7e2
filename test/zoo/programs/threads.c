// Its main thread has ended, another one goes on: the kernel shows a zombie: threads <dir>
#include "beat.h"
#include <pthread.h>

static void *go_on(void *dir) {
  beat(dir, "thread", 5000);
  return NULL;
}

int main(int argc, char **argv) {
  (void)argc;
  umask(0);
  pthread_t thread;
  if (pthread_create(&thread, NULL, go_on, argv[1])) fail("pthread_create");
  pthread_exit(NULL);
}
