package lmnop.loadtest.bench.router;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;

/**
 * A plain Spring Cloud Gateway as a program: the work is that of the others, the settings Spring's.
 */
final class GatewayProgram {
  private static final String ROUTE = "--spring.cloud.gateway.server.webflux.";

  private GatewayProgram() {}

  static Program start(Path home, Path folder, int port, int backend) throws IOException {
    Path logging = folder.resolve("logback.xml");
    Files.writeString(
        logging,
        """
        <configuration>
          <appender name="console" class="ch.qos.logback.core.ConsoleAppender">
            <encoder><pattern>%%d %%level %%msg%%n</pattern></encoder>
          </appender>
          <appender name="access" class="ch.qos.logback.core.FileAppender">
            <file>%1$s/access.log</file>
            <immediateFlush>false</immediateFlush>
            <encoder><pattern>%%msg%%n</pattern></encoder>
          </appender>
          <logger name="reactor.netty.http.server.AccessLog" level="INFO" additivity="false">
            <appender-ref ref="access"/>
          </logger>
          <root level="WARN"><appender-ref ref="console"/></root>
        </configuration>
        """
            .formatted(folder));
    return Program.start(
        folder.resolve("output"),
        port,
        List.of(
            ProcessHandle.current().info().command().orElse("java"),
            "--enable-native-access=ALL-UNNAMED",
            "--sun-misc-unsafe-memory-access=allow",
            "-Xms512m",
            "-Xmx512m",
            "-Dreactor.netty.http.server.accessLogEnabled=true",
            "-cp",
            home.resolve("loadtest/target/app/loadtest.jar").toString(),
            "lmnop.loadtest.bench.gateway.PlainGateway",
            "--server.address=127.0.0.1",
            "--server.port=" + port,
            "--logging.config=" + logging,
            ROUTE + "trusted-proxies=.*", // without it there are no X-Forwarded headers
            ROUTE + "routes[0].id=all",
            ROUTE + "routes[0].uri=http://127.0.0.1:" + backend,
            ROUTE + "routes[0].predicates[0]=Path=/**",
            ROUTE + "routes[0].filters[0]=PreserveHostHeader"));
  }
}
