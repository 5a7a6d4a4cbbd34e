package lmnop.builderworker.registries;

import java.io.IOException;
import java.net.URI;
import java.net.URLDecoder;
import java.nio.charset.StandardCharsets;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.Consumer;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import lmnop.operations.net.Addresses;
import lmnop.templates.AllowedHost;

/**
 * Where the steps of this worker may fetch from: what each template names, and what the operator
 * adds, by a setting or by the machine's own configuration of package managers.
 */
public final class Registries {
  private static final Pattern ADDRESS = Pattern.compile("https?://[^\\s\"'<>,;]+");
  private static final Pattern PROXY = Pattern.compile("(?m)^\\s*proxy\\s*=\\s*(\\S+)");
  private static final Pattern COMMENT = Pattern.compile("(?m)^\\s*[#;].*$");
  private static final Pattern LOGIN =
      Pattern.compile("https?://[^\\s\"'<>,;/@:]*:([^\\s\"'<>/@]+)@");
  private static final Pattern NAMED = // also of npm: //host/:_authToken=
      Pattern.compile("(?mi)^\\s*\\S*(?:token|password|secret|_auth)[^\\s=]*\\s*=\\s*(\\S+)");
  private static final String CERTIFICATE = "-----BEGIN";
  private static final long LARGEST_FILE = 256 * 1024; // bytes of a configuration

  private final Path sockets;
  private final Choice choice;
  private final List<AllowedHost> own;
  private final Map<String, String> environment;
  private final RegistryProxy.Rules rules;
  private final List<String> passwords;
  private final AtomicLong counter = new AtomicLong();

  /**
   * What the operator decides.
   *
   * @param named hosts beside those of the templates
   * @param ofTemplates whether the hosts that templates name may be reached at all
   * @param environment variables of the steps, which may name mirrors and the machine's proxy
   * @param files configurations of package managers, which may do the same
   * @param mostBytes that one step may move
   */
  public record Choice(
      List<String> named,
      boolean ofTemplates,
      Map<String, String> environment,
      List<Path> files,
      long mostBytes) {
    public Choice {
      named = List.copyOf(named);
      environment = Map.copyOf(environment);
      files = List.copyOf(files);
    }
  }

  /** Opens for the steps of one worker; socket files go into the directory. */
  public static Registries open(Path sockets, Choice choice) throws IOException {
    return open(sockets, choice, Addresses.ofMachine());
  }

  static Registries open(Path sockets, Choice choice, Addresses addresses) throws IOException {
    Files.createDirectories(sockets);
    try (DirectoryStream<Path> left = Files.newDirectoryStream(sockets)) {
      for (Path socket : left) {
        Files.delete(socket); // of a killed predecessor
      }
    }
    return new Registries(sockets, choice, addresses);
  }

  private Registries(Path sockets, Choice choice, Addresses addresses) {
    this.sockets = sockets;
    this.choice = choice;
    this.environment = new TreeMap<>(choice.environment());
    environment.keySet().removeAll(Upstream.VARIABLES);
    List<String> texts = new ArrayList<>(environment.values());
    List<String> configurations = configurations(choice);
    texts.addAll(configurations);
    this.own = new ArrayList<>();
    choice.named().forEach(host -> own.add(AllowedHost.parse(host.strip(), true)));
    texts.forEach(text -> own.addAll(hosts(text)));
    this.passwords = passwords(choice.environment(), configurations);
    Optional<Upstream> upstream =
        Upstream.of(choice.environment()).or(() -> configuredProxy(configurations));
    this.rules = new RegistryProxy.Rules(addresses, upstream.orElse(null), choice.mostBytes());
  }

  /** Those in addresses, as they are written and as they are meant, and those that a name says. */
  private static List<String> passwords(
      Map<String, String> environment, List<String> configurations) {
    List<String> texts = new ArrayList<>(configurations);
    environment.forEach((name, value) -> texts.add(name + "=" + value));
    List<String> found = new ArrayList<>();
    for (String text : texts) {
      for (Pattern pattern : List.of(LOGIN, NAMED)) {
        pattern.matcher(text).results().map(match -> match.group(1)).forEach(found::add);
      }
    }
    found.stream().map(Registries::decoded).toList().forEach(found::add);
    return List.copyOf(found);
  }

  private static String decoded(String password) {
    try {
      return URLDecoder.decode(password.replace("+", "%2B"), StandardCharsets.UTF_8);
    } catch (IllegalArgumentException e) {
      return password; // not one of an address
    }
  }

  /** Files that are there already, and those that a variable names. */
  private static List<String> configurations(Choice choice) {
    List<Path> files = new ArrayList<>(choice.files());
    choice.environment().values().stream()
        .filter(value -> value.startsWith("/") && value.indexOf('\0') < 0)
        .map(Path::of)
        .forEach(files::add);
    return files.stream().flatMap(file -> read(file).stream()).toList();
  }

  private static Optional<String> read(Path file) {
    try {
      return Files.isRegularFile(file) && Files.size(file) <= LARGEST_FILE
          ? Optional.of(Files.readString(file, StandardCharsets.ISO_8859_1))
              .filter(text -> !text.contains(CERTIFICATE))
              .map(text -> COMMENT.matcher(text).replaceAll(""))
          : Optional.empty();
    } catch (IOException e) {
      return Optional.empty(); // steps could not read it either
    }
  }

  private static Optional<Upstream> configuredProxy(List<String> configurations) {
    return configurations.stream()
        .map(PROXY::matcher)
        .filter(Matcher::find)
        .findFirst()
        .map(matcher -> Upstream.parse(matcher.group(1), List.of()));
  }

  /** The hosts of the addresses in a text, except of lines that name a proxy. */
  private static List<AllowedHost> hosts(String text) {
    List<AllowedHost> found = new ArrayList<>();
    Matcher matcher = ADDRESS.matcher(PROXY.matcher(text).replaceAll(""));
    while (matcher.find()) {
      try {
        URI uri = URI.create(matcher.group());
        int port = uri.getPort() >= 0 ? uri.getPort() : "http".equals(uri.getScheme()) ? 80 : 443;
        if (uri.getHost() != null) {
          found.add(AllowedHost.parse(uri.getHost() + ":" + port, true));
        }
      } catch (IllegalArgumentException e) {
        // no package manager could use it either
      }
    }
    return found;
  }

  /**
   * The variables of steps that reach registries: how this machine's package managers are set.
   *
   * @param behindDoor whether the steps are given a way out, and not the machine's own proxy
   */
  public Map<String, String> environment(boolean behindDoor) {
    return behindDoor ? environment : choice.environment();
  }

  /** What steps are given to log in to registries, and must not stand in a log. */
  public List<String> passwords() {
    return passwords;
  }

  /** Opens the way out of one step. */
  public RegistryProxy open(String template, List<String> named, Consumer<String> lines)
      throws IOException {
    List<AllowedHost> hosts = new ArrayList<>();
    if (choice.ofTemplates()) {
      named.forEach(host -> hosts.add(AllowedHost.parse(host, false)));
    }
    hosts.addAll(own);
    return RegistryProxy.open(
        sockets.resolve(Long.toString(counter.incrementAndGet())),
        new AllowList(template, hosts),
        rules,
        lines);
  }
}
