/* The first process of each pod: it does nothing, waits for those that nobody else waits for, and ends when it is told to. */
#include <signal.h>
#include <stdlib.h>
#include <sys/wait.h>
#include <unistd.h>

static void on_signal(int number) {
  if (number != SIGCHLD) _exit(EXIT_SUCCESS);
  while (waitpid(-1, NULL, WNOHANG) > 0) continue;
}

int main(void) {
  const int heard[] = {SIGTERM, SIGINT, SIGCHLD};
  for (unsigned i = 0; i < sizeof heard / sizeof *heard; i++) signal(heard[i], on_signal);
  while (1) pause();
}
