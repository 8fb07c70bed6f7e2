// A process that does what it is told over a socket: puppet <socket> <id> [fd of the connection]
//   fork <id>     daemon <id> (setsid and double fork)   setsid   setpgid   emptyenv (execve)   ignore (SIGTERM)
//   ping          exit
// Each process has a connection of its own; that it closes is the kernel's word that the process is dead. It ends with
// the one that listens.
#include "beat.h"
#include <sys/socket.h>
#include <sys/un.h>

static const char *socket_path;
static int line_fd;

static void say(const char *text, const char *id) {
  char line[128];
  int length = snprintf(line, sizeof line, "%s %s %d\n", text, id, getpid());
  if (write(line_fd, line, length) != length) _exit(96);
}

static void connect_as(const char *id) {
  struct sockaddr_un address = {.sun_family = AF_UNIX};
  snprintf(address.sun_path, sizeof address.sun_path, "%s", socket_path);
  line_fd = socket(AF_UNIX, SOCK_STREAM, 0);
  if (line_fd < 0 || connect(line_fd, (struct sockaddr *)&address, sizeof address)) fail("connect");
  say("hello", id);
}

/** In the child: a connection of its own. */
static void become(const char *id, char *own_id) {
  close(line_fd);
  strcpy(own_id, id);
  connect_as(own_id);
}

static void do_as_told(char *line, char *id, char **argv) {
  char *name = strtok(line, " "), *other = strtok(NULL, " ");
  if (!strcmp(name, "fork")) {
    pid_t child = fork();
    if (child < 0) fail("fork");
    if (child == 0) return become(other, id);
  } else if (!strcmp(name, "daemon")) {
    pid_t child = fork();
    if (child < 0) fail("fork");
    if (child == 0) {
      setsid();
      if (fork() > 0) _exit(0);
      return become(other, id);
    }
    waitpid(child, NULL, 0); // fails: SIGCHLD is ignored, so it has ended
  } else if (!strcmp(name, "setsid")) {
    if (setsid() < 0) return say("refused", id);
  } else if (!strcmp(name, "setpgid")) {
    if (setpgid(0, 0)) return say("refused", id);
  } else if (!strcmp(name, "ignore")) {
    signal(SIGTERM, SIG_IGN);
  } else if (!strcmp(name, "exit")) {
    _exit(0);
  } else if (!strcmp(name, "emptyenv")) {
    char fd[16], *empty[] = {NULL}, *again[] = {argv[0], argv[1], id, fd, NULL};
    snprintf(fd, sizeof fd, "%d", line_fd);
    execve("/proc/self/exe", again, empty);
    fail("execve");
  }
  say("done", id);
}

int main(int argc, char **argv) {
  static char id[32], buffer[128];
  socket_path = argv[1];
  snprintf(id, sizeof id, "%s", argv[2]);
  signal(SIGCHLD, SIG_IGN); // no zombies
  alarm(LIFETIME_S * 2);
  if (argc > 3) {
    line_fd = atoi(argv[3]);
    say("done", id);
  } else {
    connect_as(id);
  }
  for (size_t used = 0;;) {
    ssize_t got = read(line_fd, buffer + used, sizeof buffer - 1 - used);
    if (got <= 0) _exit(0);
    used += got;
    buffer[used] = 0;
    if (buffer[used - 1] != '\n') continue;
    buffer[used - 1] = 0;
    used = 0;
    do_as_told(buffer, id, argv);
  }
}
