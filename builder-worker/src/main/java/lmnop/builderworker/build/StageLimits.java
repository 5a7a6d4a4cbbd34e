package lmnop.builderworker.build;

import java.time.Duration;

/** How long each stage may take. */
public record StageLimits(Duration checkout, Duration template, Duration artifact) {
  Duration of(Stage stage) {
    return switch (stage) {
      case CHECKOUT -> checkout;
      case TEMPLATE -> template;
      case ARTIFACT -> artifact;
    };
  }
}
