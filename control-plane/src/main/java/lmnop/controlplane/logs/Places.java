package lmnop.controlplane.logs;

import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import lmnop.providerapi.LogLine;
import lmnop.providerapi.LogRequest;

/** How far each workload was read, so that whoever reads on gets every line once. */
final class Places {
  /** The lines with the newest time of a workload. */
  private record Place(Instant last, List<LogLine> atLast) {}

  private final Map<Source, Place> places = new ConcurrentHashMap<>();

  /** Asks for what comes at a workload's place and after it. */
  LogRequest request(Source source, WantedLines wanted, int tail, boolean follow) {
    Place place = places.get(source);
    return new LogRequest(
        source.workload(),
        source.namespace(),
        wanted.instance(),
        tail,
        follow,
        place == null ? wanted.since() : place.last());
  }

  /** A line was read. */
  void passed(Source source, LogLine line) {
    Place place = places.get(source);
    if (place == null || line.timestamp().isAfter(place.last())) {
      places.put(source, new Place(line.timestamp(), new ArrayList<>(List.of(line))));
    } else if (line.timestamp().equals(place.last())) {
      place.atLast().add(line);
    }
  }

  /** The lines that come once more when a workload is read on from its place. */
  List<LogLine> repeated(Source source) {
    Place place = places.get(source);
    return place == null ? new ArrayList<>() : new ArrayList<>(place.atLast());
  }
}
