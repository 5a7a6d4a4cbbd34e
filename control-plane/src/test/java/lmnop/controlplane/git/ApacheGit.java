package lmnop.controlplane.git;

import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.List;
import java.util.concurrent.TimeUnit;

/** Git's own server, {@code git http-backend}, behind Apache: what ours is compared with. */
final class ApacheGit implements AutoCloseable {
  private static final int STARTS_WITHIN_TRIES = 200;

  private final Path folder;
  private final int port;
  private final Process apache;

  /** Starts it in a folder that its workers may enter. */
  ApacheGit(Path folder, String user, String password) throws Exception {
    this.folder = folder;
    this.port = freePort();
    Files.createDirectories(folder.resolve("repositories"));
    run("htpasswd", "-bc", folder.resolve("users").toString(), user, password);
    Path configuration = folder.resolve("httpd.conf");
    Files.writeString(configuration, configuration());
    open(folder);
    this.apache =
        // When it ends it ends its process group, which would be the test's without setsid.
        new ProcessBuilder("setsid", "apache2", "-f", configuration.toString(), "-DFOREGROUND")
            .redirectErrorStream(true)
            .redirectOutput(folder.resolve("output").toFile())
            .start();
    awaitPort();
  }

  /** Makes an empty repository and gives its URL. */
  String create(String name, String user, String password) throws Exception {
    Path repository = folder.resolve("repositories").resolve(name);
    run("git", "init", "-q", "--bare", "--template=", "-b", "main", repository.toString());
    run("git", "-C", repository.toString(), "config", "http.receivepack", "true");
    run("chmod", "-R", "a+rwX", repository.toString());
    return "http://" + user + ":" + password + "@127.0.0.1:" + port + "/scm/" + name;
  }

  private String configuration() throws Exception {
    boolean root = new com.sun.security.auth.module.UnixSystem().getUid() == 0;
    return """
    ServerName localhost
    ServerRoot %1$s
    Listen 127.0.0.1:%2$d
    LimitRequestBody 0
    PidFile %1$s/pid
    ErrorLog %1$s/errors
    %3$s
    LoadModule mpm_prefork_module /usr/lib/apache2/modules/mod_mpm_prefork.so
    LoadModule authn_core_module /usr/lib/apache2/modules/mod_authn_core.so
    LoadModule authn_file_module /usr/lib/apache2/modules/mod_authn_file.so
    LoadModule authz_core_module /usr/lib/apache2/modules/mod_authz_core.so
    LoadModule authz_user_module /usr/lib/apache2/modules/mod_authz_user.so
    LoadModule auth_basic_module /usr/lib/apache2/modules/mod_auth_basic.so
    LoadModule alias_module /usr/lib/apache2/modules/mod_alias.so
    LoadModule env_module /usr/lib/apache2/modules/mod_env.so
    LoadModule cgi_module /usr/lib/apache2/modules/mod_cgi.so
    SetEnv GIT_PROJECT_ROOT %1$s/repositories
    SetEnv GIT_HTTP_EXPORT_ALL 1
    SetEnv GIT_CONFIG_COUNT 1
    SetEnv GIT_CONFIG_KEY_0 safe.directory
    SetEnv GIT_CONFIG_VALUE_0 *
    ScriptAlias /scm/ /usr/lib/git-core/git-http-backend/
    <Location />
      AuthType Basic
      AuthName "git"
      AuthUserFile %1$s/users
      Require valid-user
    </Location>
    """
        .formatted(folder, port, root ? "User nobody\nGroup nogroup" : "");
  }

  /** Its workers run as nobody where the test is root; the folder is in one of the test's own. */
  private static void open(Path folder) throws IOException {
    for (Path path : List.of(folder, folder.getParent())) {
      Files.setPosixFilePermissions(path, PosixFilePermissions.fromString("rwxr-xr-x"));
    }
  }

  private void awaitPort() throws Exception {
    for (int i = 0; i < STARTS_WITHIN_TRIES && apache.isAlive(); i++) {
      try (Socket socket = new Socket()) {
        socket.connect(new InetSocketAddress(InetAddress.getLoopbackAddress(), port), 1000);
        return;
      } catch (IOException e) {
        TimeUnit.MILLISECONDS.sleep(50);
      }
    }
    throw new IOException("Apache does not start: " + Files.readString(folder.resolve("output")));
  }

  private static int freePort() throws IOException {
    try (ServerSocket socket = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
      return socket.getLocalPort();
    }
  }

  private static void run(String... command) throws Exception {
    Process process =
        new ProcessBuilder(command)
            .redirectErrorStream(true)
            .redirectOutput(ProcessBuilder.Redirect.DISCARD)
            .start();
    if (process.waitFor() != 0) {
      throw new IOException(String.join(" ", command) + " ended with " + process.exitValue());
    }
  }

  @Override
  public void close() throws InterruptedException {
    apache.destroy();
    if (!apache.waitFor(10, TimeUnit.SECONDS)) {
      apache.descendants().forEach(ProcessHandle::destroyForcibly);
      apache.destroyForcibly();
    }
  }
}
