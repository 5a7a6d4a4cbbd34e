package lmnop.controlplane.gateway;

import java.io.IOException;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.util.Objects;
import lmnop.controlplane.logs.FunctionLogs;
import lmnop.controlplane.logs.LineSink;
import lmnop.controlplane.logs.PrintedLine;
import lmnop.controlplane.logs.WantedLines;
import lmnop.controlplane.web.Crossing;
import lmnop.controlplane.web.Refusal;
import lmnop.controlplane.web.Right;
import lmnop.controlplane.web.Standing;
import lmnop.operations.database.Database;
import lmnop.providerapi.LogLine;
import lmnop.providerapi.Wire;
import lmnop.registry.names.FunctionName;
import lmnop.registry.names.OwnerName;
import org.springframework.http.CacheControl;
import org.springframework.http.HttpStatus;
import org.springframework.http.MediaType;
import org.springframework.web.reactive.function.server.ServerResponse;
import reactor.core.publisher.Mono;

/** What functions print, a line of JSON each. */
final class LogCalls {
  private final DeployedFunctions functions;
  private final FunctionLogs logs;
  private final Namespaces namespaces;
  private final Crossing crossing;
  private final Crossing streams;

  LogCalls(GatewayApi.Needs needs, Namespaces namespaces) {
    Database database = needs.database();
    this.functions = new DeployedFunctions(database);
    this.logs = needs.logs();
    this.namespaces = namespaces;
    this.crossing = needs.crossing();
    this.streams = needs.streams();
  }

  Mono<ServerResponse> answer(GatewayCall call) {
    boolean follow = call.flag("follow");
    return crossing
        .call(() -> wanted(call))
        .flatMap(wanted ->
            ServerResponse.ok()
                .contentType(MediaType.APPLICATION_NDJSON)
                .cacheControl(CacheControl.noStore())
                .build((exchange, context) -> {
                  Standing.alsoOn(exchange, mayRead(call, wanted.owner()));
                  return streams.answer(exchange, out -> write(wanted, follow, out));
                }));
  }

  private Mono<Boolean> mayRead(GatewayCall call, OwnerName owner) {
    return crossing
        .call(() -> {
          namespaces.require(call.actor(), Right.READ, owner);
          return true;
        })
        .onErrorResume(Refusal.class, e -> Mono.just(false));
  }

  private WantedLines wanted(GatewayCall call) {
    FunctionCalls.Named named =
        FunctionCalls.Named.of(call.parameter("name"), call.namespace(null), "name");
    OwnerName owner = namespaces.named(call.actor(), named.namespace());
    FunctionName function = named.function();
    String instance = call.parameter("instance");
    WantedLines wanted =
        new WantedLines(
            owner,
            function,
            call.moment("since"),
            Math.max(0, call.number("tail", 0)),
            instance.isEmpty() ? null : instance,
            null,
            "");
    namespaces.require(call.actor(), Right.READ, owner);
    if (functions.one(owner, function) == null) {
      throw new Refusal(
          HttpStatus.NOT_FOUND,
          "There is no function '%s' in the namespace '%s'.".formatted(function, owner));
    }
    return wanted;
  }

  private void write(WantedLines wanted, boolean follow, OutputStream out)
      throws IOException, InterruptedException {
    LineSink sink =
        new LineSink() {
          @Override
          public void line(PrintedLine line) throws IOException {
            write(out, Wire.write(shown(line, wanted)));
          }

          @Override
          public void nothing() throws IOException {
            write(out, ""); // by which a reader who left is noticed
          }
        };
    try {
      if (follow) {
        logs.follow(wanted, sink);
      } else {
        logs.read(wanted, sink);
      }
    } catch (RuntimeException e) {
      throw GatewayApi.translated(e);
    }
  }

  private static LogLine shown(PrintedLine line, WantedLines wanted) {
    return new LogLine(
        wanted.function().value(),
        wanted.owner().value(),
        Objects.requireNonNullElse(line.instance(), ""),
        line.at(),
        line.text());
  }

  private static void write(OutputStream out, String json) throws IOException {
    out.write((json + "\n").getBytes(StandardCharsets.UTF_8));
    out.flush();
  }
}
