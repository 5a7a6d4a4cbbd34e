package lmnop.standalone.apps;

import java.io.IOException;
import java.io.Reader;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Properties;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import lmnop.standalone.data.DataDirectory;
import lmnop.standalone.data.Options;
import lmnop.standalone.machine.Ports;

/**
 * Writes each app's settings file. Credentials are named by their files, never written here; the
 * files are mode 0600 all the same.
 */
public final class AppSettings {
  /** What the steps of a build that reach registries need to know of this machine's network. */
  private static final List<String> REGISTRY_ENVIRONMENT =
      List.of(
          "PIP_INDEX_URL",
          "PIP_EXTRA_INDEX_URL",
          "PIP_TRUSTED_HOST",
          "PIP_CERT",
          "PIP_CONFIG_FILE",
          "PIP_PROXY",
          "PIP_DEFAULT_TIMEOUT",
          "SSL_CERT_FILE",
          "HTTP_PROXY",
          "HTTPS_PROXY",
          "NO_PROXY",
          "http_proxy",
          "https_proxy",
          "no_proxy");

  private final Options options;
  private final Credentials credentials;
  private final Map<String, String> environment;

  /**
   * Settings for these options.
   *
   * @param environment of whoever starts the platform; what build steps need of it goes into the
   *     builder worker's settings, and nothing else is read
   */
  public AppSettings(Options options, Credentials credentials, Map<String, String> environment) {
    this.options = options;
    this.credentials = credentials;
    this.environment = environment;
  }

  /** The settings file of an app. */
  public static Path file(DataDirectory data, App app) {
    return data.settings().resolve(app.module() + ".properties");
  }

  /** Writes the settings file of an app. */
  public void write(App app) throws IOException {
    Path file = file(options.data(), app);
    Path fresh = file.resolveSibling(file.getFileName() + ".new");
    Files.deleteIfExists(fresh);
    Files.createFile(
        fresh, PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rw-------")));
    Map<String, String> settings = of(app);
    settings.putAll(own(app));
    Files.writeString(fresh, text(settings));
    Files.move(fresh, file, StandardCopyOption.ATOMIC_MOVE, StandardCopyOption.REPLACE_EXISTING);
  }

  /** What the operator has written for an app; it wins, and the app checks it. */
  private Map<String, String> own(App app) throws IOException {
    Path file = options.data().settings().resolve("own").resolve(app.module() + ".properties");
    if (!Files.exists(file)) {
      return Map.of();
    }
    Properties read = new Properties();
    try (Reader reader = Files.newBufferedReader(file)) {
      read.load(reader);
    }
    return read.stringPropertyNames().stream()
        .collect(Collectors.toMap(key -> key, read::getProperty));
  }

  /** Whether nobody but this machine reaches a listener, the operator's own ones included. */
  private boolean onLoopback() {
    try {
      Map<String, String> router = own(App.ROUTER);
      return options.onLoopback()
          && Stream.of("listen.host", "tls.host", "internal.host")
              .allMatch(key -> Options.isLoopback(router.getOrDefault(key, "127.0.0.1")));
    } catch (IOException e) {
      return false; // who knows what is in it
    }
  }

  private static String text(Map<String, String> settings) {
    return settings.entrySet().stream()
        .map(entry -> entry.getKey() + "=" + entry.getValue().replace("\\", "\\\\") + "\n")
        .collect(Collectors.joining());
  }

  /** The settings of an app, by key. */
  Map<String, String> of(App app) {
    Map<String, String> settings = new LinkedHashMap<>();
    settings.put("management.host", "127.0.0.1");
    settings.put("management.port", "" + app.managementPort(options.ports()));
    settings.put("management.token-file", "" + credentials.management(app).path());
    database(settings, "database", app.databaseRole(), credentials.database(app).path());
    switch (app) {
      case CONTROL_PLANE -> controlPlane(settings);
      case PROVIDER -> provider(settings);
      case BUILDER_WORKER -> builderWorker(settings);
      case ROUTER -> router(settings);
    }
    return settings;
  }

  private void database(Map<String, String> settings, String prefix, String role, Path password) {
    settings.put(prefix + ".host", "127.0.0.1");
    settings.put(prefix + ".port", "" + options.ports().postgresql());
    settings.put(prefix + ".user", role);
    settings.put(prefix + ".password-file", "" + password);
  }

  private void controlPlane(Map<String, String> settings) {
    Ports ports = options.ports();
    database(settings, "schema-owner", "lmnop_owner", credentials.databaseOwner().path());
    settings.put("listen.host", "127.0.0.1");
    settings.put("listen.port", "" + ports.controlPlane());
    settings.put("internal.host", "127.0.0.1");
    settings.put("internal.port", "" + ports.controlPlaneInternal());
    settings.put("data", "" + options.data().of("control-plane"));
    settings.put("templates", "" + options.home().resolve("templates"));
    settings.put("artifacts", "" + options.data().artifacts());
    settings.put("apps-domain", Hosts.APPS_DOMAIN);
    settings.put("portal-host", Hosts.PORTAL);
    settings.put("public-url", "http://localhost:" + ports.router());
    settings.put("provider.url", local(ports.provider()));
    settings.put("provider.operator-file", "" + credentials.operator().path());
    settings.put("router-token-file", "" + credentials.management(App.ROUTER).path());
    settings.put("admin-password-file", "" + credentials.adminPassword().path());
    settings.put("master-key-file", "" + credentials.masterKey());
    logins(settings);
  }

  private void provider(Map<String, String> settings) {
    settings.put("id", "provider-1");
    settings.put("listen.host", "127.0.0.1");
    settings.put("listen.port", "" + options.ports().provider());
    settings.put("operator-file", "" + credentials.operator().path());
    settings.put("waker-file", "" + credentials.waker().path());
    settings.put("alertmanager-file", "" + credentials.alertmanager().path());
    settings.put("data", "" + options.data().of("provider"));
    settings.put("artifacts", "" + options.data().artifacts());
    settings.put("trust-functions", "" + options.trustFunctions());
    settings.put("listeners-on-loopback", "" + onLoopback());
    settings.put("router-token-file", "" + credentials.management(App.ROUTER).path());
    settings.put("isolation.gateway", "127.0.0.1:" + options.ports().routerInternal());
    logins(settings);
  }

  /** Where {@code docker login} keeps the logins of whoever starts the platform, now or later. */
  private void logins(Map<String, String> settings) {
    String home = environment.getOrDefault("HOME", "");
    if (!home.isEmpty()) {
      settings.put("images.registries.logins", home + "/.docker/config.json");
    }
  }

  private void builderWorker(Map<String, String> settings) {
    settings.put("id", "builder-worker-1");
    settings.put("control-plane", local(options.ports().controlPlaneInternal()));
    settings.put("artifacts", "" + options.data().artifacts());
    settings.put("work", "" + options.data().of("builder-worker"));
    settings.put("concurrency", "2");
    settings.put("trust-builds", "" + (options.trustFunctions() || onLoopback()));
    logins(settings);
    for (String name : REGISTRY_ENVIRONMENT) {
      String value = environment.get(name);
      if (value != null && !value.isBlank()) {
        settings.put("dependency-environment[" + name + "]", value);
      }
    }
    ownPipConfiguration()
        .ifPresent(file -> settings.putIfAbsent("dependency-environment[PIP_CONFIG_FILE]", file));
  }

  /** What pip reads for whoever starts the platform; build steps run as somebody else. */
  private Optional<String> ownPipConfiguration() {
    String home = environment.getOrDefault("HOME", "");
    return Stream.of(".config/pip/pip.conf", ".pip/pip.conf")
        .map(name -> Path.of(home, name))
        .filter(file -> !home.isEmpty() && Files.isReadable(file))
        .map(Path::toString)
        .findFirst();
  }

  private void router(Map<String, String> settings) {
    Ports ports = options.ports();
    settings.put("id", "router-1");
    settings.put("listen.host", options.listen());
    settings.put("listen.port", "" + ports.router());
    settings.put("internal.host", "127.0.0.1");
    settings.put("internal.port", "" + ports.routerInternal());
    settings.put("apps-domain", Hosts.APPS_DOMAIN);
    settings.put("portal-host", Hosts.PORTAL);
    settings.put("control-plane", local(ports.controlPlane()));
    settings.put("provider.url", local(ports.provider()));
    settings.put("provider.waker-file", "" + credentials.waker().path());
    settings.put("data", "" + options.data().of("router"));
  }

  private static String local(int port) {
    return "http://127.0.0.1:" + port;
  }
}
