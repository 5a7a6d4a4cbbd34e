package lmnop.controlplane.portal;

import lmnop.controlplane.state.HealthWatch;

/** A part of the platform, in words for everybody who uses it. */
public record PlatformPart(HealthWatch.Part found, String title, String words) {
  static PlatformPart of(HealthWatch.Part found) {
    return switch (found.name()) {
      case "database" ->
          part(
              found, "Database", "Pages and pushes wait for it. Functions that run go on serving.");
      case "provider" ->
          part(found, "Engine", "Nothing is deployed or scaled. Functions that run go on serving.");
      case "routers" -> part(found, "Routers", "Functions may be out of reach.");
      case "builders" -> part(found, "Builders", "Pushes wait until somebody builds.");
      case "disk" -> part(found, "Disk", "No push is taken until there is room again.");
      case "restore" ->
          part(found, "Restore", "A backup was not restored to its end: things may be missing.");
      default -> part(found, found.name(), "It does not work.");
    };
  }

  private static PlatformPart part(HealthWatch.Part found, String title, String broken) {
    return new PlatformPart(found, title, found.ok() ? "" : broken);
  }
}
