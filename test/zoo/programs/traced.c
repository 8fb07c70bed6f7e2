// A child in ptrace-stop: traced <dir>; only "main" beats.
#include "beat.h"

int main(int argc, char **argv) {
  (void)argc;
  umask(0);
  pid_t child = fork();
  if (child < 0) fail("fork");
  if (child == 0) {
    if (ptrace(PTRACE_TRACEME, 0, 0, 0)) fail("ptrace");
    raise(SIGSTOP);
    beat(argv[1], "traced", 5000);
  }
  int status;
  if (waitpid(child, &status, 0) != child || !WIFSTOPPED(status)) fail("waitpid");
  announce_pid(argv[1], "traced", child);
  beat(argv[1], "main", 5000);
}
