package lmnop.controlplane.configuration;

import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import org.snakeyaml.engine.v2.api.LoadSettings;
import org.snakeyaml.engine.v2.api.lowlevel.Compose;
import org.snakeyaml.engine.v2.api.lowlevel.Parse;
import org.snakeyaml.engine.v2.events.Event;
import org.snakeyaml.engine.v2.exceptions.Mark;
import org.snakeyaml.engine.v2.exceptions.MarkedYamlEngineException;
import org.snakeyaml.engine.v2.exceptions.YamlEngineException;
import org.snakeyaml.engine.v2.nodes.Node;
import org.snakeyaml.engine.v2.nodes.Tag;
import org.snakeyaml.engine.v2.schema.JsonSchema;

/**
 * Reads YAML into nodes that know where they stand. No object is ever made from a tag, nothing is
 * merged, and an alias stays one node, however often it is used.
 */
final class Yaml {
  private static final int DEEPEST = 12;
  private static final int MOST_EVENTS = 20_000;
  private static final LoadSettings SETTINGS =
      LoadSettings.builder().setSchema(new JsonSchema()).build();

  private Yaml() {}

  /** The one document of a file; nothing if it is empty or holds nothing but null. */
  static Optional<Node> read(String file, byte[] content) throws InvalidConfiguration {
    try {
      String text = StandardCharsets.UTF_8.newDecoder().decode(ByteBuffer.wrap(content)).toString();
      String yaml = text.startsWith("\ufeff") ? text.substring(1) : text;
      checkShape(file, yaml);
      return new Compose(SETTINGS)
          .composeString(yaml)
          .filter(node -> !node.getTag().equals(Tag.NULL));
    } catch (CharacterCodingException e) {
      throw wrong(file, null, "the file is not UTF-8");
    } catch (MarkedYamlEngineException e) {
      throw wrong(file, e.getProblemMark().orElse(null), e.getProblem());
    } catch (YamlEngineException e) {
      throw wrong(
          file, null, String.valueOf(e.getMessage()).lines().findFirst().orElse("not YAML"));
    }
  }

  /** Bounds the depth before anything that calls itself for each level reads the file. */
  private static void checkShape(String file, String yaml) throws InvalidConfiguration {
    int depth = 0;
    int events = 0;
    for (Event event : new Parse(SETTINGS).parseString(yaml)) {
      switch (event.getEventId()) {
        case SequenceStart, MappingStart -> depth++;
        case SequenceEnd, MappingEnd -> depth--;
        default -> {}
      }
      if (depth > DEEPEST || ++events > MOST_EVENTS) {
        throw wrong(file, event.getStartMark().orElse(null), "this is nested too deep or too long");
      }
    }
  }

  private static InvalidConfiguration wrong(String file, @Nullable Mark at, String message) {
    return new InvalidConfiguration(
        List.of(
            at == null
                ? new Problem(file, 1, 1, message)
                : new Problem(file, at.getLine() + 1, at.getColumn() + 1, message)));
  }
}
