/*
 * The first process of a pod's sandbox: it holds the pod's namespaces and does nothing else.
 * As process 1 it collects orphans when the pod shares its process namespace, and it ends on SIGTERM or SIGINT.
 */
#include <signal.h>
#include <stddef.h>
#include <sys/wait.h>
#include <unistd.h>

static void end(int signal) {
  (void)signal;
  _exit(0);
}

static void collect(int signal) {
  (void)signal;
  while (waitpid(-1, NULL, WNOHANG) > 0) {
  }
}

int main(void) {
  struct sigaction ends = {.sa_handler = end};
  struct sigaction collects = {.sa_handler = collect, .sa_flags = SA_NOCLDSTOP | SA_RESTART};
  if (sigaction(SIGINT, &ends, NULL) < 0 || sigaction(SIGTERM, &ends, NULL) < 0
      || sigaction(SIGCHLD, &collects, NULL) < 0) {
    return 1;
  }
  for (;;) {
    pause();
  }
}
