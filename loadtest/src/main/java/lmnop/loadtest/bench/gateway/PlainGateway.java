package lmnop.loadtest.bench.gateway;

import java.util.UUID;
import org.springframework.boot.SpringApplication;
import org.springframework.boot.SpringBootConfiguration;
import org.springframework.boot.autoconfigure.EnableAutoConfiguration;
import org.springframework.cloud.gateway.filter.GlobalFilter;
import org.springframework.context.annotation.Bean;
import org.springframework.web.server.ServerWebExchange;

/** The application that a user of Spring would write; route and port are its arguments. */
@SpringBootConfiguration(proxyBeanMethods = false)
@EnableAutoConfiguration
public final class PlainGateway {
  private static final String REQUEST_ID = "X-Request-Id";

  /** Starts it. */
  public static void main(String[] arguments) {
    SpringApplication.run(PlainGateway.class, arguments);
  }

  @Bean
  GlobalFilter requestId() {
    return (exchange, chain) -> {
      String id = UUID.randomUUID().toString();
      exchange.getResponse().getHeaders().set(REQUEST_ID, id);
      ServerWebExchange named =
          exchange.mutate().request(request -> request.header(REQUEST_ID, id)).build();
      return chain.filter(named);
    };
  }
}
