package lmnop.controlplane.git;

import java.time.Instant;
import java.time.ZoneId;
import org.eclipse.jgit.lib.Config;
import org.eclipse.jgit.storage.file.FileBasedConfig;
import org.eclipse.jgit.util.FS;
import org.eclipse.jgit.util.SystemReader;
import org.jspecify.annotations.Nullable;

/**
 * What JGit may know of the machine: nothing. It reads no configuration of the user or the system,
 * writes none, sees no environment, and runs no program to find out where they are.
 */
final class IsolatedSystem extends SystemReader {
  private static final String COARSE_CLOCK = "2 seconds"; // what JGit takes where it cannot measure
  private static final Object LOCK = new Object();
  private static boolean installed;

  private IsolatedSystem() {}

  /** Puts this in the place of JGit's own; before the first repository is opened. */
  static void install() {
    synchronized (LOCK) {
      if (!installed) {
        SystemReader.setInstance(new IsolatedSystem());
        installed = true;
      }
    }
  }

  @Override
  public String getHostname() {
    return "lmnop";
  }

  @Override
  @SuppressWarnings("NullAway") // JGit asks for null where a variable is not set
  public String getenv(String variable) {
    return null;
  }

  @Override
  public String getProperty(String key) {
    return System.getProperty(key); // house-rule exception: JGit asks for os.name and java.version
  }

  @Override
  public FileBasedConfig openUserConfig(@Nullable Config parent, FS fs) {
    return new NoFile(parent, fs);
  }

  @Override
  public FileBasedConfig openSystemConfig(@Nullable Config parent, FS fs) {
    return new NoFile(parent, fs);
  }

  @Override
  public FileBasedConfig openJGitConfig(@Nullable Config parent, FS fs) {
    return new NoFile(parent, fs);
  }

  @Override
  public long getCurrentTime() {
    return System.currentTimeMillis();
  }

  @Override
  public int getTimezone(long when) {
    return ZoneId.systemDefault().getRules().getOffset(Instant.ofEpochMilli(when)).getTotalSeconds()
        / 60;
  }

  /** A configuration that is empty, never out of date, and goes nowhere when it is saved. */
  private static final class NoFile extends FileBasedConfig {
    @SuppressWarnings("NullAway") // null is JGit's way to say that there is no file
    NoFile(@Nullable Config parent, FS fs) {
      super(parent, null, fs);
    }

    /**
     * JGit would measure how fine a file system's clock is, and the first clone or push would wait
     * seconds for that. Told that every clock is coarse, it looks twice at files that changed a
     * moment ago, and is right whatever the clock is.
     */
    @Override
    public @Nullable String getString(String section, @Nullable String of, String name) {
      return section.equals("filesystem") && name.equals("timestampResolution")
          ? COARSE_CLOCK
          : super.getString(section, of, name);
    }

    @Override
    public void load() {}

    @Override
    public void save() {}

    @Override
    public boolean isOutdated() {
      return false;
    }
  }
}
