import java.io.BufferedReader;
import java.io.FileInputStream;
import java.io.InputStreamReader;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import org.javarosa.core.model.FormDef;
import org.javarosa.core.model.condition.EvaluationContext;
import org.javarosa.core.model.instance.InstanceInitializationFactory;
import org.javarosa.xform.util.XFormUtils;
import org.javarosa.xpath.XPathParseTool;
import org.javarosa.xpath.expr.XPathFuncExpr;

/** Evaluates expressions, one a line, over the form of its argument, as ODK Collect's engine does: "type TAB text". */
public class Evaluate {
    public static void main(String[] arguments) throws Exception {
        PrintStream out = new PrintStream(System.out, true, StandardCharsets.UTF_8);
        System.setOut(new PrintStream(PrintStream.nullOutputStream()));  // JavaRosa talks
        FormDef form = XFormUtils.getFormFromInputStream(new FileInputStream(arguments[0]));
        form.initialize(true, new InstanceInitializationFactory());
        EvaluationContext context = form.getEvaluationContext();
        BufferedReader lines = new BufferedReader(new InputStreamReader(System.in, StandardCharsets.UTF_8));
        for (String line = lines.readLine(); line != null; line = lines.readLine()) {
            out.println(said(form, context, line).replace("\n", " "));
        }
    }

    private static String said(FormDef form, EvaluationContext context, String expression) {
        try {
            Object found = XPathParseTool.parseXPath(expression).eval(form.getMainInstance(), context);
            Object value = XPathFuncExpr.unpack(found);
            String type = value instanceof Boolean ? "boolean" : value instanceof Double ? "number" : "string";
            return type + "\t" + XPathFuncExpr.toString(value);
        } catch (Exception | StackOverflowError error) {
            return "error\t" + error.getClass().getSimpleName();
        }
    }
}
