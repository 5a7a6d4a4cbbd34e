package lmnop.controlplane.portal;

import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.time.Duration;
import java.util.HexFormat;
import java.util.List;
import lmnop.controlplane.web.Access;
import lmnop.controlplane.web.Route;
import lmnop.controlplane.web.WebFeature;
import org.springframework.core.io.ClassPathResource;
import org.springframework.http.CacheControl;
import org.springframework.http.MediaType;
import org.springframework.web.reactive.function.server.ServerRequest;
import org.springframework.web.reactive.function.server.ServerResponse;
import reactor.core.publisher.Mono;

/**
 * The style, the script and the icon of the pages, all from our own jar. An address tells the
 * content, so that browsers keep it until another version of the portal names another one.
 */
public final class Assets implements WebFeature {
  private static final String VERSION = "v"; // the parameter that tells the content
  private static final int VERSION_LENGTH = 12; // hexadecimal digits
  private static final CacheControl FOR_EVER =
      CacheControl.maxAge(Duration.ofDays(365)).immutable();
  private static final CacheControl FOR_A_WHILE = CacheControl.maxAge(Duration.ofMinutes(5));
  private static final List<Asset> ALL =
      List.of(
          Asset.load("portal.css", "text/css;charset=utf-8"),
          Asset.load("portal.js", "text/javascript;charset=utf-8"),
          Asset.load("icon.svg", "image/svg+xml"));

  private record Asset(String file, MediaType type, String content, String version) {
    static Asset load(String file, String type) {
      try (InputStream in = new ClassPathResource("lmnop/portal/" + file).getInputStream()) {
        byte[] bytes = in.readAllBytes();
        byte[] digest = MessageDigest.getInstance("SHA-256").digest(bytes);
        String version = HexFormat.of().formatHex(digest).substring(0, VERSION_LENGTH);
        return new Asset(
            file, MediaType.valueOf(type), new String(bytes, StandardCharsets.UTF_8), version);
      } catch (IOException e) {
        throw new UncheckedIOException(e);
      } catch (NoSuchAlgorithmException e) {
        throw new IllegalStateException(e);
      }
    }

    String path() {
      return "/assets/" + file;
    }

    Mono<ServerResponse> send(ServerRequest request) {
      boolean exact = request.queryParam(VERSION).filter(version::equals).isPresent();
      return ServerResponse.ok()
          .contentType(type)
          .cacheControl(exact ? FOR_EVER : FOR_A_WHILE)
          .bodyValue(content);
    }
  }

  /** Where a page finds a file. */
  public static String url(String file) {
    Asset asset =
        ALL.stream()
            .filter(one -> one.file().equals(file))
            .findFirst()
            .orElseThrow(() -> new IllegalArgumentException("no asset is called " + file));
    return asset.path() + "?" + VERSION + "=" + asset.version();
  }

  @Override
  public List<Route> routes() {
    return ALL.stream()
        .map(asset -> Route.get(asset.path(), Access.everybody(), asset::send))
        .toList();
  }
}
