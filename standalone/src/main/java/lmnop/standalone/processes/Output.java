package lmnop.standalone.processes;

/** Takes what a process prints, and what is to be said about it, line by line. */
public interface Output {
  /** A line that the process printed. */
  void line(String text);

  /** A sentence about the process: it ended, it starts again. */
  void notice(String sentence);
}
