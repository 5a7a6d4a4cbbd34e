package lmnop.router.edge;

import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import lmnop.registry.table.FunctionRoutes;
import lmnop.registry.table.HostRoutes;
import lmnop.registry.table.RouteKey;
import lmnop.testkit.Reliability;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/**
 * Hosts and paths in every spelling: each reaches the function whose name it is, as it was sent, or
 * nobody.
 */
@Tag(Reliability.TAG)
@Timeout(300)
final class SpellingsTest {
  private static final String SHOP = "shop.apps.example.com";
  private static final String ADMIN = "admin.apps.example.com";
  private static final String PRESETS = "gateway.apps.example.com";
  private static final String PORTAL = "portal.example.com";

  /** Every part of a path that some program takes for another one. */
  private static final List<String> ODD =
      Odd.each(
          "/¦//¦/./¦/../¦/..;a=b/¦/%2e/¦/%2e%2e/¦/.%2e/¦/%2E%2e/¦/%252e%252e/¦/%2f¦"
              + "/%2f/¦%2f¦%2F..%2f¦/%5c¦/..%5c¦/%c0%ae%c0%ae/¦/%c0%af¦/%e0%80%af¦/%u002f¦"
              + "/%00/¦/%00¦/%0d%0a/¦/%09/¦/%20/¦/;/¦/;a=b/¦/.;/¦/%3b/¦/%3f¦/%23¦/...¦/~/¦"
              + "/%7e/¦/:/¦/@/¦/*/¦/$/¦/!/¦/'/¦/,/¦/=/¦/&/¦/+/¦/[/¦/{/¦/|/¦/^/¦/`/");

  private record Asked(String host, String target, @Nullable String function) {}

  private final List<Asked> asked = new ArrayList<>();

  @Test
  void reachTheFunctionWhoseNameItIsOrNobody() throws Exception {
    hosts();
    otherHosts();
    plainPaths();
    presetPaths();
    rulePaths();
    int wrong = 0;
    try (EdgeFixture router = EdgeFixture.start("wait-time", "1ms"); // nobody is at the portal
        Origin shop = Origin.answering(Origin.ok("shop"));
        Origin admin = Origin.answering(Origin.ok("admin"))) {
      FunctionRoutes shops =
          router.routes.put(SHOP, "shop", MapRoutes.share("shop-a", shop.port()));
      FunctionRoutes admins =
          router.routes.put(ADMIN, "admin", MapRoutes.share("admin-a", admin.port()));
      router.routes.put(new RouteKey.Named("ada", "shop"), new HostRoutes.Rule("/", null, shops));
      router.routes.put(new RouteKey.Named("bob", "admin"), new HostRoutes.Rule("/", null, admins));
      router.routes.put(
          new RouteKey.Host("both.example.com"),
          new HostRoutes.Rule("/admin", null, admins),
          new HostRoutes.Rule("/", null, shops));
      for (Asked one : asked) {
        wrong += isRight(router, one, shop, admin) ? 0 : 1;
      }
    }
    Reliability.atLeast("R13", "spellings of hosts and paths", asked.size(), 1_000);
    Reliability.atMost("R13", "of them that reached another function", wrong, 0);
  }

  private static boolean isRight(EdgeFixture router, Asked one, Origin shop, Origin admin)
      throws IOException {
    try (Visitor visitor = router.visit()) {
      visitor.send(
          "GET " + one.target + " HTTP/1.1\r\nHost: " + one.host + "\r\nConnection: close\r\n\r\n");
      Visitor.Reply reply = visitor.reply();
      boolean own = reply.header("x-openfaas-internal") != null;
      if (own && one.function == null) {
        return Set.of(400, 404, 414, 421, 503).contains(reply.status());
      }
      Origin expected = "admin".equals(one.function) ? admin : shop;
      boolean right =
          !own && reply.body().equals(one.function) && isRaw(one, expected.heads().getLast());
      if (!right) {
        System.err.println(one + " -> " + reply);
      }
      return right;
    }
  }

  /** Whether the function gets its part of the path byte for byte. */
  private static boolean isRaw(Asked one, String head) {
    String path = head.split(" ")[1];
    String rest =
        one.target.startsWith("/function/") || one.target.startsWith("/fn/") ? path : one.target;
    boolean added = path.equals("/") || path.startsWith("/?"); // every path begins with a slash
    return path.equals(rest) && one.target.endsWith(added ? path.substring(1) : path);
  }

  private void ask(String host, String target, @Nullable String function) {
    asked.add(new Asked(host, target, function));
  }

  private void hosts() {
    for (String name : List.of(SHOP, ADMIN)) {
      String function = name.substring(0, name.indexOf('.'));
      for (String same :
          List.of(
              name,
              name.toUpperCase(Locale.ROOT),
              name + ".",
              name + ":80",
              name + ".:8080",
              name + ":",
              name + ":65535",
              name.substring(0, 1).toUpperCase(Locale.ROOT) + name.substring(1) + ".:1")) {
        ask(same, "/", function);
      }
      for (String c :
          Odd.each(
              " ¦\t¦/¦\\¦@¦#¦?¦%¦,¦;¦'¦\"¦<¦>¦(¦)¦{¦}¦|¦^¦`¦~¦!¦$¦&¦*¦+¦=¦\u0000¦\u0001¦"
                  + "\u007f¦\u00e4¦\u00ad¦\u3002¦[¦]")) {
        ask("x" + c + name, "/", null);
        ask(name + c + "x", "/", null);
        ask(function + c + name.substring(function.length()), "/", null);
        ask(name + ":80" + c + "x", "/", null);
      }
      for (String other :
          Odd.each(
              "..NAME¦.NAME¦NAME..¦NAME:x¦NAME:80:80¦NAME:-1¦NAME:123456¦NAME%00¦NAME%2e¦"
                  + "user@NAME¦user:x@NAME¦evil.example.com:80@NAME¦x.NAME¦NAME.x¦x-NAME¦"
                  + "NAME-x¦xn--NAME¦FUNCTION¦FUNCTION.apps¦apps.example.com¦"
                  + "*.apps.example.com¦*¦[::1].NAME¦[NAME]¦http://NAME¦¦.¦:¦:80¦-¦NAME.NAME")) {
        ask(other.replace("NAME", name).replace("FUNCTION", function), "/", null);
      }
      for (String other :
          List.of(
              name.replace(".", ".."),
              name.replace("e", "%65"),
              name.replace('o', '0'),
              name.replace('a', '\u0430'),
              "a".repeat(300),
              name.replace("apps", "APPS") + "x")) {
        ask(other, "/", null);
      }
    }
  }

  private void otherHosts() {
    for (String portal :
        List.of(PORTAL, PORTAL + ".", PORTAL.toUpperCase(Locale.ROOT), PORTAL + ":81")) {
      ask(portal, "/function/shop", null);
      ask(portal, "/", null);
    }
    for (String absolute :
        List.of(
            "http://" + ADMIN + "/",
            "http://" + ADMIN,
            "http://" + SHOP + "@" + ADMIN + "/",
            "http://" + SHOP + ":80/",
            "http://" + SHOP + "./",
            "https://" + SHOP + "/",
            "http://" + PORTAL + "/",
            "http:///" + SHOP,
            "http://" + SHOP + "\\@" + ADMIN,
            "//" + ADMIN + "\\")) {
      ask(SHOP, absolute, null);
    }
  }

  private void plainPaths() {
    for (String odd : ODD) {
      for (String around :
          List.of(
              "@",
              "/a@b",
              "/a@",
              "@admin",
              "/function@admin",
              "@function/admin",
              "/.well-known@x",
              "/healthz@")) {
        String target = around.replace("@", odd);
        if (target.startsWith("/")) {
          ask(SHOP, target, "shop");
        }
      }
    }
    for (String refused :
        Odd.each("/a\\b¦/\\..\\¦/a\u0000¦/\u00e4¦/a\u007f¦/a b¦/a#b¦a¦..¦*¦¦?a")) {
      ask(SHOP, refused, null);
    }
  }

  /** Behind the presets' host a path names the function, in one spelling only. */
  private void presetPaths() {
    for (String exact :
        List.of(
            "/function/admin.bob",
            "/function/admin.bob/",
            "/function/admin.bob/a/../b",
            "/function/admin.bob?x",
            "/fn/bob/admin",
            "/fn/bob/admin/%2e%2e/shop")) {
      ask(PRESETS, exact, "admin");
      ask("127.0.0.1", exact, "admin");
    }
    ask(PRESETS, "/function/shop", "shop");
    for (String odd : ODD) {
      ask(PRESETS, odd + "function/admin.bob", odd.equals("/") ? "admin" : null);
      ask(PRESETS, "/function" + odd + "admin.bob", odd.equals("/") ? "admin" : null);
      ask(PRESETS, "/fn/bob" + odd + "admin", odd.equals("/") ? "admin" : null);
      ask(PRESETS, "/fn" + odd + "bob/admin", odd.equals("/") ? "admin" : null);
      if (!odd.startsWith("/")) {
        ask(PRESETS, "/function/admin.bob" + odd, null);
      }
    }
    for (String other :
        List.of(
            "/Function/admin.bob",
            "/FUNCTION/admin.bob",
            "/function/ADMIN.bob",
            "/function/admin%2ebob",
            "/%66unction/admin.bob",
            "/function/admin.bob;x",
            "/function/admin.bob%00",
            "/function/admin.bob%20",
            "/function/admin.bob.",
            "/function/.admin.bob",
            "/function/admin..bob",
            "/function/",
            "/function",
            "/fn/bob",
            "/fn/bob/",
            "/fn//admin",
            "/fn/bob/ADMIN",
            "/fn/BOB/admin",
            "/function/admin_bob",
            "/function/shop.bob",
            "/fn/ada/admin",
            "/function/" + "a".repeat(100))) {
      ask(PRESETS, other, null);
    }
  }

  /** A rule for a path covers what begins with it, byte for byte, up to a slash or a query. */
  private void rulePaths() {
    String host = "both.example.com";
    for (String exact :
        List.of(
            "/admin",
            "/admin/",
            "/admin?x",
            "/admin//",
            "/admin/../x",
            "/admin/%2e%2e/",
            "/admin/..;/")) {
      ask(host, exact, "admin");
    }
    for (String odd : ODD) {
      ask(host, odd + "admin", odd.equals("/") ? "admin" : odd.startsWith("/") ? "shop" : null);
      boolean below = odd.startsWith("/");
      ask(host, "/admin" + odd + "x", below ? "admin" : "shop");
    }
    for (String other :
        Odd.each(
            "/Admin¦/ADMIN¦/admin;x¦/admin%2f¦/admin%3f¦/admin.¦/admin%20¦/%61dmin¦"
                + "/adminx¦/x/../admin¦/admi%6e¦/admin%00¦/admin:¦/admin&¦/./admin¦//admin")) {
      ask(host, other, "shop");
    }
  }
}
