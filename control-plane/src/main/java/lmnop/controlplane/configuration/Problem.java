package lmnop.controlplane.configuration;

import java.util.Comparator;

/**
 * Something that is wrong in a file.
 *
 * @param file its path in the repository
 * @param line counted from 1, as editors do
 * @param column counted from 1
 */
public record Problem(String file, int line, int column, String message)
    implements Comparable<Problem> {
  private static final Comparator<Problem> ORDER =
      Comparator.comparing(Problem::file)
          .thenComparingInt(Problem::line)
          .thenComparingInt(Problem::column);

  @Override
  public int compareTo(Problem other) {
    return ORDER.compare(this, other);
  }

  @Override
  public String toString() {
    return file + ":" + line + ":" + column + ": " + message;
  }
}
