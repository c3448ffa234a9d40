using NetTools.PktSniff.Report;

namespace NetTools.PktSniff.Protocols;

/// <summary>The fields of a DNS message: its header, questions and answers.</summary>
internal static class DnsFields
{
    // A frame may claim thousands, each with a name that points at a long one.
    private const int MostRecords = 32;

    /// <summary>Writes the fields.</summary>
    public static void Write(FieldWriter fields, DnsMessage message)
    {
        fields.Begin("dns"u8);
        fields.Number("id"u8, message.Id);
        fields.Number("flags"u8, message.Flags);
        fields.Flag("response"u8, message.IsResponse);
        fields.Number("operation"u8, message.Operation);
        fields.Number("response_code"u8, message.ResponseCode);
        fields.Number("question_count"u8, message.QuestionCount);
        fields.Number("answer_count"u8, message.AnswerCount);
        fields.Number("authority_count"u8, message.AuthorityCount);
        fields.Number("additional_count"u8, message.AdditionalCount);
        int at = DnsMessage.HeaderLength;
        bool whole = WriteQuestions(fields, message, ref at);
        if (whole && message.AnswerCount > 0)
        {
            WriteAnswers(fields, message, ref at);
        }

        fields.End();
    }

    private static bool WriteQuestions(FieldWriter fields, DnsMessage message, ref int at)
    {
        int count = 0;
        fields.BeginList("questions"u8);
        while (count < message.QuestionCount && count < MostRecords && message.TryReadQuestion(ref at, out DnsRecord question))
        {
            fields.Begin(default);
            WriteNameAndType(fields, message, question);
            fields.End();
            count++;
        }

        fields.EndList();
        return count == message.QuestionCount;
    }

    private static void WriteAnswers(FieldWriter fields, DnsMessage message, ref int at)
    {
        fields.BeginList("answers"u8);
        for (int i = 0; i < message.AnswerCount && i < MostRecords && message.TryReadRecord(ref at, out DnsRecord record); i++)
        {
            fields.Begin(default);
            WriteNameAndType(fields, message, record);
            fields.Number("ttl_s"u8, record.TimeToLive);
            LineBuffer data = fields.Fresh();
            DnsText.WriteData(data, message.Bytes, record);
            fields.Text("data"u8, data.Bytes);
            fields.End();
        }

        fields.EndList();
    }

    private static void WriteNameAndType(FieldWriter fields, DnsMessage message, in DnsRecord record)
    {
        LineBuffer name = fields.Fresh();
        DnsText.WriteName(name, message.Bytes, record.NameAt);
        fields.Text("name"u8, name.Bytes);
        fields.Number("type"u8, record.Type);
        fields.Name("type_name"u8, DnsText.TypeName(record.Type));
        fields.Number("class"u8, record.Class);
    }
}
