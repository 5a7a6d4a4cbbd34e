package lmnop.images;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.Base64;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import tools.jackson.core.JacksonException;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/** Users and passwords for registries, from the file that {@code docker login} writes. */
final class Logins {
  private static final JsonMapper JSON = JsonMapper.builder().build();
  private static final String DOCKER_HUB = "https://index.docker.io/v1/";

  private final @Nullable Path file;

  Logins(@Nullable Path file) {
    this.file = file;
  }

  /** The header that logs in at a registry, if there is a login for it. */
  Optional<String> basic(String host) throws IOException {
    if (file == null) {
      return Optional.empty();
    }
    JsonNode all = read(file).path("auths");
    List<String> names =
        host.equals(Reference.DOCKER_HUB)
            ? List.of(DOCKER_HUB, host)
            : List.of(host, "https://" + host, "http://" + host);
    return names.stream()
        .map(name -> all.path(name).path("auth").asString(""))
        .filter(auth -> !auth.isEmpty())
        .findFirst()
        .map(auth -> "Basic " + checked(auth, host));
  }

  private String checked(String auth, String host) {
    String decoded = new String(Base64.getDecoder().decode(auth), StandardCharsets.UTF_8);
    if (decoded.indexOf(':') < 1) {
      throw new IllegalArgumentException(
          "the login for " + host + " in " + file + " is no user and password");
    }
    return auth;
  }

  private static JsonNode read(Path file) throws IOException {
    try {
      return JSON.readTree(Files.readString(file));
    } catch (NoSuchFileException e) {
      return JSON.createObjectNode();
    } catch (JacksonException e) {
      // Its text is not repeated: there are passwords in it.
      throw new IOException("the file of logins " + file + " is no JSON");
    }
  }

  /** Where a login would have to be, in words. */
  String place() {
    return file == null ? "no file of logins is set" : "logins are read from " + file;
  }
}
