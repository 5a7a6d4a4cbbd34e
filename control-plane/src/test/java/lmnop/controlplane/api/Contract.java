package lmnop.controlplane.api;

import static org.assertj.core.api.Assertions.assertThat;

import com.networknt.schema.InputFormat;
import com.networknt.schema.Schema;
import com.networknt.schema.SchemaRegistry;
import com.networknt.schema.dialect.Dialects;
import java.net.http.HttpResponse;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;
import tools.jackson.databind.node.ObjectNode;

/** Holds requests and answers to the description of the API. */
final class Contract {
  private final JsonNode document;
  private final String definitions;
  private final Map<String, Schema> compiled = new HashMap<>();
  private final Set<String> called = new TreeSet<>();

  Contract(String text) {
    this.document = JsonMapper.shared().readTree(text);
    this.definitions = inSchema(document.at("/components/schemas").toString());
  }

  /** References lead to the schema's own definitions then. */
  private static String inSchema(String json) {
    return json.replace("#/components/schemas/", "#/$defs/");
  }

  /** Every operation, as {@code GET /path}. */
  Set<String> operations() {
    Set<String> operations = new TreeSet<>();
    document
        .path("paths")
        .properties()
        .forEach(path ->
            path.getValue()
                .propertyNames()
                .forEach(member -> {
                  if (!member.equals("parameters")) {
                    operations.add(member.toUpperCase(Locale.ROOT) + " " + path.getKey());
                  }
                }));
    return operations;
  }

  /** Those that a test has called. */
  Set<String> called() {
    return called;
  }

  /** The names of the parameters that stand in the query of an operation. */
  Set<String> queryOf(String operation) {
    Set<String> names = new TreeSet<>();
    for (JsonNode parameter : operation(operation).path("parameters")) {
      JsonNode resolved = resolved(parameter);
      if (resolved.path("in").asString().equals("query")) {
        names.add(resolved.path("name").asString());
      }
    }
    return names;
  }

  private JsonNode operation(String operation) {
    String[] parts = operation.split(" ");
    return document.path("paths").path(parts[1]).path(parts[0].toLowerCase(Locale.ROOT));
  }

  private JsonNode resolved(JsonNode node) {
    return node.has("$ref") ? document.at(node.path("$ref").asString().substring(1)) : node;
  }

  /** Holds what is sent to what stands in the description; what is not described may be empty. */
  void checkRequest(String operation, String body) {
    JsonNode schema = operation(operation).at("/requestBody/content/application~1json/schema");
    if (schema.isMissingNode()) {
      assertThat(body).as(operation).isEqualTo("{}");
    } else {
      validate(schema, body);
    }
  }

  /** Holds an answer to what stands in the description. */
  void check(String operation, HttpResponse<?> answer, String body) {
    JsonNode described = operation(operation);
    assertThat(described.isMissingNode()).as(operation).isFalse();
    JsonNode responses = described.path("responses");
    String status = String.valueOf(answer.statusCode());
    if (answer.statusCode() < 400) {
      called.add(operation);
      assertThat(responses.has(status)).as("%s is answered %s", operation, status).isTrue();
    }
    JsonNode response =
        resolved(responses.has(status) ? responses.get(status) : responses.path("default"));
    if (!response.has("content")) {
      assertThat(body).as("%s %s", operation, status).isEmpty();
      return;
    }
    String type = answer.headers().firstValue("Content-Type").orElse("").split(";")[0];
    JsonNode content = response.path("content").path(type);
    assertThat(content.isMissingNode()).as("%s %s is %s", operation, status, type).isFalse();
    response
        .path("headers")
        .propertyNames()
        .forEach(header -> assertThat(answer.headers().firstValue(header)).as(header).isPresent());
    texts(type, body).forEach(text -> validate(content.path("schema"), text));
  }

  /** The JSON texts of an answer. */
  private static List<String> texts(String type, String body) {
    return switch (type) {
      case "application/x-ndjson" -> body.lines().filter(line -> !line.isBlank()).toList();
      case "text/event-stream" -> data(body);
      case "application/json", "application/problem+json" -> List.of(body);
      default -> List.of(); // bytes, of which nothing is described
    };
  }

  private static List<String> data(String body) {
    List<String> data = new ArrayList<>();
    for (String event : body.split("\n\n")) {
      if (event.matches("(?s)event: (line|function|functions|builds|platform|row)\n.*")) {
        data.add(event.substring(event.indexOf("data: ") + "data: ".length()));
      }
    }
    return data;
  }

  private void validate(JsonNode schema, String json) {
    assertThat(schema.isMissingNode()).isFalse();
    Schema compiledSchema =
        compiled.computeIfAbsent(
            inSchema(schema.toString()),
            text -> {
              ObjectNode whole = (ObjectNode) JsonMapper.shared().readTree(text);
              whole.set("$defs", JsonMapper.shared().readTree(definitions));
              return SchemaRegistry.withDialect(Dialects.getDraft202012())
                  .getSchema(whole.toString());
            });
    assertThat(compiledSchema.validate(json, InputFormat.JSON)).as(json).isEmpty();
  }
}
