package lmnop.controlplane.configuration;

import com.google.errorprone.annotations.FormatMethod;
import com.google.errorprone.annotations.FormatString;
import java.util.ArrayList;
import java.util.List;
import org.snakeyaml.engine.v2.nodes.Node;

/** Gathers all that is wrong in one file, so that nobody pushes once for each error. */
final class Problems {
  private final List<Problem> list = new ArrayList<>();

  /** Notes a problem at the beginning of a node. */
  @FormatMethod
  void add(Node at, @FormatString String message, Object... arguments) {
    list.add(
        at.getStartMark()
            .map(mark ->
                new Problem(mark.getLine() + 1, mark.getColumn() + 1, message.formatted(arguments)))
            .orElseGet(() -> new Problem(1, 1, message.formatted(arguments))));
  }

  /** Notes a problem of the file as a whole. */
  void addAtTop(String message) {
    list.add(new Problem(1, 1, message));
  }

  void throwIfAny() throws InvalidConfiguration {
    if (!list.isEmpty()) {
      throw new InvalidConfiguration(list);
    }
  }
}
