package lmnop.controlplane.web;

import java.util.List;

/**
 * A feature that answers HTTP. Its handlers never block; what blocks goes over a {@link Crossing}.
 */
public interface WebFeature {
  /** What it answers, and whom. */
  List<Route> routes();
}
