package lmnop.controlplane.portal;

import java.io.IOException;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.time.LocalDate;
import java.time.ZoneOffset;
import java.time.format.DateTimeParseException;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.stream.Collectors;
import lmnop.controlplane.accounts.Actor;
import lmnop.controlplane.accounts.Members;
import lmnop.controlplane.audit.AuditCsv;
import lmnop.controlplane.audit.AuditRecords;
import lmnop.controlplane.web.Access;
import lmnop.controlplane.web.Crossing;
import lmnop.controlplane.web.Refusal;
import lmnop.controlplane.web.Route;
import lmnop.controlplane.web.WebFeature;
import org.jspecify.annotations.Nullable;
import org.springframework.http.HttpHeaders;
import org.springframework.http.HttpStatus;
import org.springframework.web.reactive.function.server.ServerRequest;
import org.springframework.web.reactive.function.server.ServerResponse;
import org.springframework.web.util.UriUtils;
import reactor.core.publisher.Mono;
import tools.jackson.databind.json.JsonMapper;

/** Who did what: everything to administrators, to others what was done to owners they manage. */
final class AuditPages implements WebFeature {
  private static final int PAGE = 100; // rows
  private static final List<String> FIELDS =
      List.of("actor", "action", "subject", "way", "since", "until");

  private final Pages pages;
  private final AuditRecords records;
  private final Members members;
  private final Crossing exports;

  AuditPages(AuditRecords records, Members members, Crossing exports, Pages pages) {
    this.pages = pages;
    this.records = records;
    this.members = members;
    this.exports = exports;
  }

  @Override
  public List<Route> routes() {
    return List.of(
        Route.get("/audit", Access.portal(), this::show),
        Route.get("/audit.csv", Access.portal(), this::csv),
        Route.get("/audit.jsonl", Access.portal(), this::lines));
  }

  private Mono<ServerResponse> show(ServerRequest request) {
    Map<String, String> asked = asked(request);
    return wanted(request, asked)
        .flatMap(wanted -> records.list(wanted, before(request), PAGE + 1).collectList())
        .flatMap(found -> {
          List<AuditRecords.Entry> shown = found.subList(0, Math.min(PAGE, found.size()));
          String more = found.size() > PAGE ? "&before=" + shown.getLast().id() : "";
          return pages.show(
              request,
              "audit.jte",
              Map.of("entries", shown, "asked", asked, "query", query(asked), "more", more));
        });
  }

  private static long before(ServerRequest request) {
    String text = request.queryParam("before").orElse("");
    return text.matches("[0-9]{1,18}") ? Long.parseLong(text) : Long.MAX_VALUE;
  }

  private static Map<String, String> asked(ServerRequest request) {
    Map<String, String> asked = new LinkedHashMap<>();
    FIELDS.forEach(field -> asked.put(field, request.queryParam(field).orElse("").strip()));
    return asked;
  }

  private static String query(Map<String, String> asked) {
    return asked.entrySet().stream()
        .filter(field -> !field.getValue().isEmpty())
        .map(field ->
            field.getKey() + "=" + UriUtils.encode(field.getValue(), StandardCharsets.UTF_8))
        .collect(Collectors.joining("&"));
  }

  private Mono<AuditRecords.Wanted> wanted(ServerRequest request, Map<String, String> asked) {
    Instant since = day(asked, "since", 0);
    Instant until = day(asked, "until", 1);
    return members
        .audited(Actor.of(request))
        .map(owners ->
            new AuditRecords.Wanted(
                owners.orElse(null),
                text(asked, "actor"),
                text(asked, "action"),
                text(asked, "subject"),
                text(asked, "way"),
                since,
                until));
  }

  private static String text(Map<String, String> asked, String field) {
    return Objects.requireNonNull(asked.get(field)).replace("\0", "");
  }

  private static @Nullable Instant day(Map<String, String> asked, String field, int later) {
    String text = text(asked, field);
    try {
      return text.isEmpty()
          ? null
          : LocalDate.parse(text).plusDays(later).atStartOfDay().toInstant(ZoneOffset.UTC);
    } catch (DateTimeParseException e) {
      throw new Refusal(HttpStatus.BAD_REQUEST, field + " is no day: write it as in 2026-01-31.");
    }
  }

  private Mono<ServerResponse> csv(ServerRequest request) {
    return export(
        request, "audit.csv", AuditCsv.TYPE, (wanted, out) -> AuditCsv.write(records, wanted, out));
  }

  private Mono<ServerResponse> lines(ServerRequest request) {
    return export(
        request,
        "audit.jsonl",
        "application/x-ndjson",
        (wanted, out) ->
            records.each(
                wanted, entry -> out.write(jsonLine(entry).getBytes(StandardCharsets.UTF_8))));
  }

  @FunctionalInterface
  private interface Export {
    void write(AuditRecords.Wanted wanted, OutputStream out) throws IOException;
  }

  /** Written while it is read, a batch at a time, so that its length does not matter. */
  private Mono<ServerResponse> export(
      ServerRequest request, String file, String type, Export export) {
    return wanted(request, asked(request))
        .flatMap(wanted ->
            ServerResponse.ok()
                .header(HttpHeaders.CONTENT_TYPE, type)
                .header(HttpHeaders.CONTENT_DISPOSITION, "attachment; filename=\"" + file + "\"")
                .build((exchange, context) ->
                    exports.answer(exchange, out -> export.write(wanted, out))));
  }

  private static String jsonLine(AuditRecords.Entry entry) {
    return JsonMapper.shared().writeValueAsString(entry.members()) + "\n";
  }
}
