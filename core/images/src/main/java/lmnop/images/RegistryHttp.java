package lmnop.images;

import java.io.IOException;
import java.io.InputStream;
import java.net.InetAddress;
import java.net.URI;
import java.net.URLEncoder;
import java.net.UnknownHostException;
import java.net.http.HttpClient;
import java.net.http.HttpHeaders;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.regex.Pattern;
import lmnop.operations.net.Addresses;
import org.jspecify.annotations.Nullable;
import tools.jackson.core.JacksonException;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/**
 * Requests to registries: with TLS unless a setting says otherwise, logged in where they ask for
 * it, following where they point to.
 *
 * <p>What shows who asks goes to the registry alone, and to who gives out its tokens; never to
 * where a registry keeps its blobs.
 */
final class RegistryHttp implements AutoCloseable {
  private static final Duration CONNECT = Duration.ofSeconds(10);
  private static final Duration STANDSTILL = Duration.ofSeconds(60);
  private static final int MOST_REDIRECTS = 5;
  private static final int LARGEST_TOKEN = 256 * 1024;
  private static final Set<Integer> REDIRECTS = Set.of(301, 302, 303, 307, 308);

  /** What some take for an address of four bytes, written in another way. */
  private static final Pattern NUMBER = Pattern.compile("(?i)(.*\\.)?(0x[0-9a-f]*|[0-9]+)\\.?");

  private static final Pattern IPV4 =
      Pattern.compile("(0|[1-9][0-9]{0,2})(\\.(0|[1-9][0-9]{0,2})){3}");
  private static final JsonMapper JSON = JsonMapper.builder().build();

  /**
   * A request.
   *
   * @param host of the registry, by which its login is found
   * @param scope what is to be done there, in the words of tokens
   * @param time until the answer begins
   */
  record Call(
      String method,
      URI uri,
      String host,
      String scope,
      Map<String, String> headers,
      HttpRequest.BodyPublisher body,
      Duration time) {
    Call with(String header, String value) {
      Map<String, String> more = new HashMap<>(headers);
      more.put(header, value);
      return new Call(method, uri, host, scope, more, body, time);
    }

    Call to(String otherMethod, URI otherUri) {
      return new Call(otherMethod, otherUri, host, scope, headers, body, time);
    }

    Call sending(HttpRequest.BodyPublisher content, Duration patience) {
      return new Call(method, uri, host, scope, headers, content, patience);
    }
  }

  /** What came back; closing it gives up the rest. */
  record Answer(int status, HttpHeaders headers, InputStream body) implements AutoCloseable {
    @Override
    public void close() throws IOException {
      body.close();
    }
  }

  private final RegistrySettings settings;
  private final @Nullable Set<String> own;
  private final Logins logins;
  private final OpenBodies bodies = new OpenBodies(STANDSTILL);
  private final Map<String, String> authorizations = new ConcurrentHashMap<>();
  private final HttpClient client;

  /**
   * How registries are spoken to.
   *
   * @param own beside them only what is public is asked; null asks all
   */
  RegistryHttp(RegistrySettings settings, @Nullable Set<String> own) {
    this.settings = settings;
    this.own = own;
    this.logins = new Logins(settings.logins());
    this.client =
        HttpClient.newBuilder()
            .version(HttpClient.Version.HTTP_1_1)
            .connectTimeout(CONNECT)
            .followRedirects(HttpClient.Redirect.NEVER)
            .sslContext(TrustedCertificates.beside(settings.certificates()))
            .build();
  }

  /** Where a registry's API is. */
  URI base(String host) {
    String named = host.equals(Reference.DOCKER_HUB) ? "registry-1.docker.io" : host;
    return URI.create((settings.plainHttp().contains(host) ? "http://" : "https://") + named);
  }

  /**
   * Refuses what may not be asked. The connection looks the name up once more, and meets what the
   * machine remembers of this look; whoever is faster has a host that still has to show a
   * certificate for its name before it is told anything.
   */
  void require(URI uri) throws IOException {
    if (own == null) {
      return;
    }
    String host = uri.getHost();
    String authority = String.valueOf(uri.getAuthority());
    if (host == null || (NUMBER.matcher(host).matches() && !IPV4.matcher(host).matches())) {
      throw new UnusableImage("'" + authority + "' is no registry's name");
    }
    boolean listed = own.contains(authority) || settings.plainHttp().contains(authority);
    for (InetAddress address : addresses(host)) {
      if (!Addresses.mayBeReached(address, listed)) {
        throw new UnusableImage(
            "the registry %s is not in the public Internet, and its operator did not list it (images.private-registries)"
                .formatted(authority));
      }
    }
  }

  private static List<InetAddress> addresses(String host) throws IOException {
    try {
      return Addresses.ofMachine().of(host);
    } catch (IllegalArgumentException e) { // an address that can be read in two ways
      throw new UnusableImage("'" + host + "' is no registry's name", e);
    } catch (UnknownHostException e) {
      throw new IOException("the registry " + host + " does not answer: nobody knows the name", e);
    }
  }

  /** Sends it; the answer is to be closed. */
  Answer send(Call call) throws IOException, InterruptedException {
    String known = call.host() + " " + call.scope();
    Answer answer = follow(call, Optional.ofNullable(authorizations.get(known)));
    if (answer.status() == 401) {
      answer.close();
      String fresh = authorization(call, answer);
      authorizations.put(known, fresh);
      answer = follow(call, Optional.of(fresh));
    }
    return answer;
  }

  /** An address that a registry gave for what comes next. */
  URI next(Call call, Answer answer) throws IOException {
    String target =
        answer
            .headers()
            .firstValue("Location")
            .orElseThrow(
                () -> new IOException("the registry " + call.host() + " does not say where next"));
    return allowed(call.uri(), target, "an upload to the registry " + call.host());
  }

  /** How it went wrong, with what the registry says about it. */
  IOException failure(Call call, Answer answer, String what) {
    String said = " (status %d%s)".formatted(answer.status(), said(answer));
    return switch (answer.status()) {
      case 401, 403 ->
          new UnusableImage(
              "the registry %s does not let this platform at %s%s; %s"
                  .formatted(call.host(), what, said, logins.place()));
      case 404 ->
          new UnusableImage("%s is not in the registry %s%s".formatted(what, call.host(), said));
      default ->
          new IOException("the registry %s did not give %s%s".formatted(call.host(), what, said));
    };
  }

  private static String said(Answer answer) {
    try (InputStream body = answer.body()) {
      JsonNode error = JSON.readTree(body.readNBytes(8192)).path("errors").path(0);
      String message = error.path("message").asString("");
      return message.isEmpty() ? "" : ", " + message.replaceAll("\\p{Cntrl}", " ").strip();
    } catch (IOException | JacksonException e) {
      return "";
    }
  }

  private Answer follow(Call call, Optional<String> authorization)
      throws IOException, InterruptedException {
    URI uri = call.uri();
    for (int hops = 0; hops <= MOST_REDIRECTS; hops++) {
      boolean own = uri.getAuthority().equals(call.uri().getAuthority());
      Answer answer = once(call, uri, own ? authorization : Optional.empty());
      Optional<String> target = answer.headers().firstValue("Location");
      if (!REDIRECTS.contains(answer.status()) || target.isEmpty()) {
        return answer;
      }
      answer.close();
      uri = allowed(uri, target.get(), "a redirection of the registry " + call.host());
    }
    throw new IOException("the registry " + call.host() + " redirects in a circle");
  }

  private Answer once(Call call, URI uri, Optional<String> authorization)
      throws IOException, InterruptedException {
    require(uri);
    HttpRequest.Builder request =
        HttpRequest.newBuilder(uri).timeout(call.time()).method(call.method(), call.body());
    call.headers().forEach(request::setHeader);
    authorization.ifPresent(value -> request.setHeader("Authorization", value));
    try {
      HttpResponse<InputStream> answer =
          client.send(request.build(), HttpResponse.BodyHandlers.ofInputStream());
      return new Answer(answer.statusCode(), answer.headers(), bodies.watch(answer.body()));
    } catch (IOException e) {
      String why = e.getMessage() == null ? e.getClass().getSimpleName() : e.getMessage();
      throw new IOException("the registry %s does not answer: %s".formatted(call.host(), why), e);
    }
  }

  /** An address that a registry gave, if it may be asked. */
  private URI allowed(URI from, String target, String what) throws UnusableImage {
    URI uri;
    try {
      uri = from.resolve(target);
    } catch (IllegalArgumentException e) {
      throw new UnusableImage(what + " leads to '" + target + "', which is no address", e);
    }
    if (uri.getHost() == null
        || !("https".equals(uri.getScheme())
            || settings.plainHttp().contains(uri.getAuthority()))) {
      throw new UnusableImage(
          "%s leads to %s://%s, which is not spoken to without TLS"
              .formatted(what, uri.getScheme(), uri.getAuthority()));
    }
    return uri;
  }

  private String authorization(Call call, Answer refused) throws IOException, InterruptedException {
    Optional<String> login = logins.basic(call.host());
    Challenge challenge =
        Challenge.of(refused.headers().allValues("WWW-Authenticate"))
            .orElseThrow(() ->
                new UnusableImage(
                    "the registry %s asks for a login of a kind that is not known"
                        .formatted(call.host())));
    if (challenge.isBasic()) {
      return login.orElseThrow(() ->
          new UnusableImage(
              "the registry %s asks for a login; %s".formatted(call.host(), logins.place())));
    }
    return "Bearer " + token(call, challenge, login);
  }

  private String token(Call call, Challenge challenge, Optional<String> login)
      throws IOException, InterruptedException {
    String realm = challenge.parameters().getOrDefault("realm", "");
    String service = challenge.parameters().getOrDefault("service", "");
    String query =
        "service=%s&scope=%s"
            .formatted(
                URLEncoder.encode(service, StandardCharsets.UTF_8),
                URLEncoder.encode(call.scope(), StandardCharsets.UTF_8));
    URI uri =
        allowed(
            call.uri(),
            realm + (realm.indexOf('?') < 0 ? "?" : "&") + query,
            "the login of the registry " + call.host());
    Call asking =
        new Call(
            "GET",
            uri,
            call.host(),
            call.scope(),
            Map.of(),
            HttpRequest.BodyPublishers.noBody(),
            CONNECT);
    Answer answer = once(asking, uri, login);
    if (answer.status() != 200) {
      throw failure(asking, answer, "a token for " + call.scope());
    }
    try (InputStream body = answer.body()) {
      JsonNode node = JSON.readTree(body.readNBytes(LARGEST_TOKEN));
      String token = node.path("token").asString(node.path("access_token").asString(""));
      if (!token.isEmpty()) {
        return token;
      }
    } catch (JacksonException e) {
      // Said below.
    }
    throw new IOException("the registry " + call.host() + " gave no token where it should");
  }

  @Override
  public void close() {
    bodies.close();
    client.shutdownNow();
  }
}
