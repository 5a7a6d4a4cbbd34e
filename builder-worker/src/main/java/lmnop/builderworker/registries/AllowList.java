package lmnop.builderworker.registries;

import java.util.List;
import java.util.Optional;
import java.util.stream.Collectors;
import lmnop.templates.AllowedHost;

/**
 * The hosts that a step may reach.
 *
 * @param template whose step it is, as it stands in sentences
 */
record AllowList(String template, List<AllowedHost> hosts) {
  AllowList {
    hosts = List.copyOf(hosts);
  }

  /** The entry for a host; the operator's own, if it is listed twice. */
  Optional<AllowedHost> find(String host, int port) {
    List<AllowedHost> found = hosts.stream().filter(h -> h.covers(host, port)).toList();
    return found.stream().filter(AllowedHost::own).findFirst().or(() -> found.stream().findFirst());
  }

  /** What may be reached, and who can change that. */
  String words() {
    String named =
        hosts.isEmpty()
            ? "may reach no host"
            : "may reach "
                + hosts.stream()
                    .map(AllowedHost::toString)
                    .distinct()
                    .collect(Collectors.joining(", "));
    return "template %s %s; the operator can add hosts with the setting registries"
        .formatted(template, named);
  }
}
