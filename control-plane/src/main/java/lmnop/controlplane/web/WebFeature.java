package lmnop.controlplane.web;

import org.springframework.web.reactive.function.server.RouterFunction;
import org.springframework.web.reactive.function.server.ServerResponse;

/**
 * A feature that answers HTTP. Its handlers never block; what blocks goes over a {@link Crossing}.
 */
public interface WebFeature {
  /** What it answers. */
  RouterFunction<ServerResponse> routes();
}
