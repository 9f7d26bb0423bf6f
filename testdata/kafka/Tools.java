import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.BufferedReader;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.InputStream;
import java.io.InputStreamReader;
import java.io.PrintStream;
import java.lang.reflect.InvocationTargetException;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Map;
import org.apache.kafka.common.utils.Exit;

/**
 * Runs Apache Kafka's command-line tools one after another in one JVM, because
 * starting one takes longer than most tools do. Each line of standard input is
 * {"class", "args", "stdin"}, each line of standard output {"out", "err",
 * "code"}. It ends when its standard input does.
 */
public class Tools {
    static class Ended extends RuntimeException {
        final int code;

        Ended(int code) {
            super("exit " + code, null, false, false);
            this.code = code;
        }
    }

    /** The code of the first exit: tools catch what their own exit throws, and exit again. */
    static Integer ended;

    static void end(int code) {
        if (ended == null) {
            ended = code;
        }
        throw new Ended(ended);
    }

    public static void main(String[] unused) throws Exception {
        Exit.setExitProcedure((code, message) -> end(code));
        Exit.setHaltProcedure((code, message) -> end(code));
        InputStream requests = System.in;
        PrintStream answers = System.out;
        PrintStream errors = System.err;
        ObjectMapper json = new ObjectMapper();
        BufferedReader lines = new BufferedReader(new InputStreamReader(requests, StandardCharsets.UTF_8));
        for (String line = lines.readLine(); line != null; line = lines.readLine()) {
            Map<?, ?> request = json.readValue(line, Map.class);
            ByteArrayOutputStream out = new ByteArrayOutputStream();
            ByteArrayOutputStream err = new ByteArrayOutputStream();
            System.setIn(new ByteArrayInputStream(((String) request.get("stdin")).getBytes(StandardCharsets.UTF_8)));
            System.setOut(new PrintStream(out, true, "UTF-8"));
            System.setErr(new PrintStream(err, true, "UTF-8"));
            int code = run((String) request.get("class"), ((List<?>) request.get("args")).toArray(String[]::new));
            System.out.flush();
            System.err.flush();
            System.setOut(answers);
            System.setErr(errors);
            answers.println(json.writeValueAsString(Map.of("out", out.toString("UTF-8"), "err", err.toString("UTF-8"), "code", code)));
            answers.flush();
        }
    }

    static int run(String name, String[] args) throws Exception {
        ended = null;
        try {
            Class.forName(name).getMethod("main", String[].class).invoke(null, (Object) args);
            return 0;
        } catch (InvocationTargetException e) {
            Throwable cause = e.getCause();
            if (cause instanceof Ended) {
                return ((Ended) cause).code;
            }
            cause.printStackTrace();
            return 1;
        }
    }
}
