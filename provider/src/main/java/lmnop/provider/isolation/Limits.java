package lmnop.provider.isolation;

import java.math.BigDecimal;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * How much of the machine one instance may take.
 *
 * @param cpuMillis thousandths of a processor; 0 means no limit
 * @param processes also threads
 */
public record Limits(long memoryBytes, int cpuMillis, int processes) {
  private static final long MEBIBYTE = 1024L * 1024;
  private static final long DEFAULT_MEMORY = 128 * MEBIBYTE;
  private static final long LEAST_MEMORY = 8 * MEBIBYTE; // less does not start any program
  private static final int LEAST_CPU = 10;
  private static final int PROCESSES = 256; // servers with a thread for each connection need them

  private static final Map<String, Long> UNITS =
      Map.of(
          "",
          1L,
          "k",
          1000L,
          "Ki",
          1024L,
          "M",
          1000L * 1000,
          "Mi",
          MEBIBYTE,
          "G",
          1000L * 1000 * 1000,
          "Gi",
          1024 * MEBIBYTE);

  /**
   * Reads Kubernetes' notation.
   *
   * @param memory {@code 128Mi}, {@code 1G}, bytes; that default if it is not given
   * @param cpu {@code 100m}, {@code 0.5}; no limit if it is not given
   */
  public static Limits of(@Nullable String memory, @Nullable String cpu) {
    return new Limits(
        memory == null || memory.isBlank() ? DEFAULT_MEMORY : memory(memory.strip()),
        cpu == null || cpu.isBlank() ? 0 : cpu(cpu.strip()),
        PROCESSES);
  }

  private static long memory(String text) {
    int digits = 0;
    while (digits < text.length() && "0123456789.".indexOf(text.charAt(digits)) >= 0) {
      digits++;
    }
    Long unit = UNITS.get(text.substring(digits));
    try {
      if (unit != null) {
        long bytes =
            new BigDecimal(text.substring(0, digits))
                .multiply(BigDecimal.valueOf(unit))
                .longValueExact();
        if (bytes >= LEAST_MEMORY) {
          return bytes;
        }
      }
    } catch (ArithmeticException | NumberFormatException e) {
      // Said below, as everything else that does not fit.
    }
    throw new IllegalArgumentException(
        "The memory limit is '%s': an amount like 128Mi or 1Gi is expected, at least 8Mi"
            .formatted(text));
  }

  private static int cpu(String text) {
    try {
      BigDecimal millis =
          text.endsWith("m")
              ? new BigDecimal(text.substring(0, text.length() - 1))
              : new BigDecimal(text).movePointRight(3);
      int whole = millis.intValueExact();
      if (whole >= LEAST_CPU) {
        return whole;
      }
    } catch (ArithmeticException | NumberFormatException e) {
      // Said below, as everything else that does not fit.
    }
    throw new IllegalArgumentException(
        "The cpu limit is '%s': an amount like 100m or 0.5 is expected, at least 10m"
            .formatted(text));
  }

  /** The memory limit as a person writes it. */
  public String memory() {
    return memoryBytes % MEBIBYTE == 0
        ? memoryBytes / MEBIBYTE + "Mi"
        : String.format(Locale.ROOT, "%.1fMi", memoryBytes / (double) MEBIBYTE);
  }

  /** What is said of an instance that a limit ended, if one did. */
  public Optional<String> met(Strain strain) {
    return strain.outOfMemory() > 0 ? Optional.of(memoryMet()) : Optional.empty();
  }

  /** What is said of an instance that could not start a process. */
  public String processesMet() {
    return "it met its limit of %d processes and threads, and was refused another one; let it start fewer"
        .formatted(processes);
  }

  /** What is said of an instance that is held back. */
  public String cpuMet(int percent) {
    return "it wanted more than its limit of %dm of a processor in %d %% of the last time; raise limits: cpu in function.yml, or let it compute less"
        .formatted(cpuMillis, percent);
  }

  /** What is said of an instance that needed more. */
  public String memoryMet() {
    return "out of memory: it needed more than its limit of %s; raise limits: memory in function.yml, or let it use less"
        .formatted(memory());
  }
}
