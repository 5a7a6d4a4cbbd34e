package lmnop.router;

import java.io.IOException;
import java.util.Properties;
import lmnop.operations.settings.Settings;
import lmnop.operations.settings.SettingsException;
import org.slf4j.LoggerFactory;

/** Starts a router. */
public final class RouterMain {
  private RouterMain() {}

  /** Runs until the process is asked to end. */
  @SuppressWarnings("SystemOut") // nothing else listens when the settings do not fit
  public static void main(String... arguments) throws Exception {
    adjustNetty(System.getProperties());
    // Reading the settings makes a handful of calls by reflection. To compile those first takes a
    // fifth of the time in which nobody listens.
    System.setProperty("jdk.reflect.useNativeAccessorOnly", "true");
    Kindling.light();
    try (Router router = Router.start(Settings.load(RouterSettings.class, arguments))) {
      router.runUntilStopped();
    } catch (SettingsException e) {
      System.err.println(e.getMessage());
      System.exit(2);
    } catch (IOException e) { // what has started already would keep the process
      System.err.println("The router cannot start: " + e.getMessage());
      System.exit(1);
    } catch (RuntimeException e) {
      LoggerFactory.getLogger(RouterMain.class).error("the router cannot start", e);
      System.exit(1);
    }
  }

  /** Before anything of Netty is loaded; what somebody gave on the command line stays. */
  private static void adjustNetty(Properties properties) {
    // Its own default, the adaptive allocator, runs out of direct memory on small heaps.
    properties.putIfAbsent("io.netty.allocator.type", "pooled");
    // By default it notes the stack at every 128th buffer, in case that one leaks: that is a tenth
    // of what a request costs here. A leak that matters is found at every 8192nd as well.
    properties.putIfAbsent("io.netty.leakDetection.samplingInterval", "8192");
  }
}
