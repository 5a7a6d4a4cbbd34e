package lmnop.controlplane.configuration;

import com.google.errorprone.annotations.FormatMethod;
import com.google.errorprone.annotations.FormatString;
import java.util.ArrayList;
import java.util.List;
import org.snakeyaml.engine.v2.nodes.Node;

/** Gathers all that is wrong in a commit, so that nobody pushes once for each error. */
final class Problems {
  private final List<Problem> list = new ArrayList<>();
  private final String file;

  /**
   * Gathers problems.
   *
   * @param file which is read
   */
  Problems(String file) {
    this.file = file;
  }

  String file() {
    return file;
  }

  /** Notes a problem at the beginning of a node. */
  @FormatMethod
  void add(Node at, @FormatString String message, Object... arguments) {
    list.add(
        at.getStartMark()
            .map(mark ->
                new Problem(
                    file, mark.getLine() + 1, mark.getColumn() + 1, message.formatted(arguments)))
            .orElseGet(() -> new Problem(file, 1, 1, message.formatted(arguments))));
  }

  /** Notes a problem of the file as a whole. */
  void addAtTop(String message) {
    list.add(new Problem(file, 1, 1, message));
  }

  /** Notes what is wrong in another file. */
  void add(InvalidConfiguration other) {
    list.addAll(other.problems());
  }

  void throwIfAny() throws InvalidConfiguration {
    if (!list.isEmpty()) {
      throw new InvalidConfiguration(list);
    }
  }
}
