package keymap

// The scopes. Every screen has one of its own; Table holds for every screen
// that is one table, Global everywhere but in text fields and overlays.
const (
	Global Scope = "global"
	Table  Scope = "table"
	Text   Scope = "text"  // screens of running text: scroll, no rows
	Input  Scope = "input" // a text field has the focus: everything else types
	// Command is the text field of the palette.
	Command Scope = "command"
	Help    Scope = "help"

	Start    Scope = "start"
	Overview Scope = "overview"
	Topics   Scope = "topics"
	Topic    Scope = "topic"
	Groups   Scope = "groups"
	Group    Scope = "group"
	Brokers  Scope = "brokers"
	Broker   Scope = "broker"
	Contexts Scope = "contexts"
	ACLs     Scope = "acls"
	Tail     Scope = "tail"
	Record   Scope = "record"
	Reset    Scope = "reset"

	// The later steps of a reset; Reset is the first.
	ResetTarget  Scope = "reset-target"
	ResetPreview Scope = "reset-preview"
	ResetResult  Scope = "reset-result"
	UndoStates   Scope = "undo-states" // the first step of an undo

	// A record that is written and sent. In the fields of the first all other keys
	// type.
	Produce     Scope = "produce"
	ProduceSend Scope = "produce-send"
	ProduceSent Scope = "produce-sent"

	// What to send again, and where.
	Redrive Scope = "redrive"

	// A question before a change, and what became of it.
	Confirm   Scope = "confirm"
	Confirmed Scope = "confirmed"
)

// scopes lists every scope that can have the keyboard.
func scopes() []Scope {
	return []Scope{
		Input, Command, Help, Start, Overview, Topics, Topic, Groups, Group,
		Brokers, Broker, Contexts, ACLs, Tail, Record, Reset,
		ResetTarget, ResetPreview, ResetResult, UndoStates,
		Produce, ProduceSend, ProduceSent, Redrive, Confirm, Confirmed,
	}
}

// parents names the scope whose bindings hold as well.
func parents() map[Scope]Scope {
	return map[Scope]Scope{
		Start: Global, Overview: Table, Topics: Table, Topic: Table,
		Groups: Table, Group: Table, Brokers: Table, Broker: Table,
		Contexts: Table, ACLs: Table, Tail: Table, Record: Text, Reset: Table,
		ResetTarget: Table, ResetPreview: Table, ResetResult: Table, UndoStates: Table,
		ProduceSend: Text, ProduceSent: Text, Redrive: Table,
		Confirm: Text, Confirmed: Text, Help: Text, Command: Input, Table: Global, Text: Global,
	}
}

// The actions.
const (
	Quit     Action = "quit"
	Suspend  Action = "suspend"
	Back     Action = "back"
	Palette  Action = "palette"
	ShowHelp Action = "help"
	Refresh  Action = "refresh"

	GoOverview Action = "overview"
	GoTopics   Action = "topics"
	GoGroups   Action = "groups"
	GoBrokers  Action = "brokers"

	Up       Action = "up"
	Down     Action = "down"
	PageUp   Action = "page-up"
	PageDown Action = "page-down"
	First    Action = "first"
	Last     Action = "last"
	Open     Action = "open"
	Filter   Action = "filter"
	Sort     Action = "sort"
	Reverse  Action = "reverse-sort"
	Mark     Action = "mark"
	Copy     Action = "copy"
	NextTab  Action = "next-tab"
	PrevTab  Action = "previous-tab"

	TailTopic    Action = "tail"
	ResetOffsets Action = "reset-offsets"
	UndoReset    Action = "undo-reset"
	DeleteGroup  Action = "delete-group"
	DeleteTopic  Action = "delete-topic"
	Remove       Action = "remove"
	Yes          Action = "yes"
	Stop         Action = "stop"
	Redrives     Action = "redrive"
	Change       Action = "change"

	NextRecord     Action = "next-record"
	PrevRecord     Action = "previous-record"
	ToggleInternal Action = "internal-topics"

	Fold      Action = "fold"
	FoldAll   Action = "fold-all"
	UnfoldAll Action = "unfold-all"

	Until      Action = "until"
	Isolation  Action = "isolation"
	Order      Action = "order"
	Context    Action = "context"
	Export     Action = "export"
	Edit       Action = "edit"
	CopyKey    Action = "copy-key"
	CopyRecord Action = "copy-record"

	Pause     Action = "pause"
	Seek      Action = "seek"
	Decode    Action = "decode"
	MarkAll   Action = "mark-all"
	MarkTopic Action = "mark-topic"
	AddTopic  Action = "add-topic"
	Retry     Action = "retry"
	Next      Action = "next"
	Launch    Action = "launch-local"
	AttachTo  Action = "attach"

	Produces    Action = "produce"
	SendAgain   Action = "send-again"
	SendPreview Action = "send-preview"
	Send        Action = "send"
	Another     Action = "another"

	// In the fields of a record to be sent. They share no name with keys elsewhere:
	// a letter that is given to one of those must still type here.
	NextField  Action = "next-field"
	PrevField  Action = "previous-field"
	NextChoice Action = "next-choice"
	PrevChoice Action = "previous-choice"
	EditField  Action = "edit-field"
	FieldFile  Action = "field-from-file"
	FieldNull  Action = "field-null"
	FieldAsWas Action = "field-as-it-was"
	StartAnew  Action = "start-anew"
	FieldsHelp Action = "fields-help"

	Accept   Action = "accept"
	Cancel   Action = "cancel"
	Complete Action = "complete"
)

// defaults is the table itself. Within a scope the order is that of the footer:
// what is used most comes first.
func defaults() []Binding {
	return []Binding{
		{Palette, Global, []string{":"}, "command", "Type a command: go to a screen, a topic, a group.", false},
		{ShowHelp, Global, []string{"?"}, "help", "Show every key that works here.", false},
		{Back, Global, []string{"esc"}, "back", "Go back to where you came from.", false},
		{Refresh, Global, []string{"r"}, "refresh", "Ask the cluster again now.", false},
		{GoOverview, Global, []string{"1"}, "", "Open the overview of the cluster.", false},
		{GoTopics, Global, []string{"2"}, "", "Open the list of topics.", false},
		{GoGroups, Global, []string{"3"}, "", "Open the list of groups.", false},
		{GoBrokers, Global, []string{"4"}, "", "Open the list of brokers.", false},
		{Quit, Global, []string{"q", "ctrl+c"}, "quit", "Leave kdeck.", false},
		{Suspend, Global, []string{"ctrl+z"}, "", "Stop kdeck and go back to the shell, whose fg goes on; a local cluster of kdeck stops meanwhile.", false},

		{Up, Table, []string{"up", "k"}, "", "Move up one row.", false},
		{Down, Table, []string{"down", "j"}, "", "Move down one row.", false},
		{PageUp, Table, []string{"pgup", "ctrl+b"}, "", "Move up one screen.", false},
		{PageDown, Table, []string{"pgdown", "ctrl+f"}, "", "Move down one screen.", false},
		{First, Table, []string{"home", "g"}, "", "Go to the first row.", false},
		{Last, Table, []string{"end", "G"}, "", "Go to the last row.", false},
		{Filter, Table, []string{"/"}, "filter", "Show only rows that contain some text.", false},
		{Sort, Table, []string{"s"}, "sort", "Sort by the next column.", false},
		{Reverse, Table, []string{"S"}, "", "Turn the sorting round.", false},
		{Copy, Table, []string{"y"}, "", "Copy what is under the cursor to the clipboard.", false},

		{Up, Text, []string{"up", "k"}, "", "Scroll up one line.", false},
		{Down, Text, []string{"down", "j"}, "", "Scroll down one line.", false},
		{PageUp, Text, []string{"pgup", "ctrl+b"}, "", "Scroll up one screen.", false},
		{PageDown, Text, []string{"pgdown", "ctrl+f"}, "", "Scroll down one screen.", false},
		{First, Text, []string{"home", "g"}, "", "Go to the top.", false},
		{Last, Text, []string{"end", "G"}, "", "Go to the bottom.", false},

		{Back, Help, []string{"esc"}, "close", "Close the help.", false},

		{Accept, Input, []string{"enter"}, "accept", "Take what was typed.", false},
		{Cancel, Input, []string{"esc", "ctrl+c"}, "cancel", "Leave the field as it was.", false},
		{Complete, Input, []string{"tab"}, "", "Take the suggestion.", false},
		{Up, Input, []string{"up"}, "", "Move to the row or suggestion above.", false},
		{Down, Input, []string{"down"}, "", "Move to the row or suggestion below.", false},

		{Accept, Command, []string{"enter"}, "run", "Run the command under the cursor.", false},
		{Complete, Command, []string{"tab"}, "complete", "Put what is under the cursor into the line.", false},
		{Cancel, Command, []string{"esc", "ctrl+c"}, "cancel", "Close the command line.", false},

		{Open, Start, []string{"enter"}, "choose", "Do what is under the cursor.", false},
		{Launch, Start, []string{"l"}, "launch", "Launch a local cluster and open it.", false},
		{AttachTo, Start, []string{"a"}, "attach", "Type the bootstrap servers of a cluster.", false},
		{Up, Start, []string{"up", "k"}, "", "Move to the choice above.", false},
		{Down, Start, []string{"down", "j", "tab"}, "", "Move to the choice below.", false},

		{Open, Overview, []string{"enter"}, "open", "Open what is under the cursor.", false},
		{NextTab, Overview, []string{"tab"}, "next panel", "Move to the next panel.", false},
		{PrevTab, Overview, []string{"shift+tab"}, "", "Move to the panel before.", false},

		{Open, Topics, []string{"enter"}, "open", "Open the topic: partitions, groups, configuration.", false},
		{TailTopic, Topics, []string{"t"}, "tail", "Read the topic's records as they arrive.", false},
		{Produces, Topics, []string{"p"}, "produce", "Write a record and send it to the topic.", true},
		{Mark, Topics, []string{"space"}, "", "Mark the topic under the cursor, to delete several at once.", false},
		{DeleteTopic, Topics, []string{"D"}, "delete", "Delete the topic under the cursor, or all that are marked.", true},
		{ToggleInternal, Topics, []string{"i"}, "internal", "Hide the cluster's internal topics, or show them.", false},

		{NextTab, Topic, []string{"tab", "right"}, "next tab", "Show the next tab.", false},
		{PrevTab, Topic, []string{"shift+tab", "left"}, "", "Show the previous tab.", false},
		{Open, Topic, []string{"enter"}, "open", "Open what is under the cursor.", false},
		{TailTopic, Topic, []string{"t"}, "tail", "Read the records of the topic, or of the partition under the cursor.", false},
		{Produces, Topic, []string{"p"}, "produce", "Write a record and send it to the topic.", true},

		{Open, Groups, []string{"enter"}, "open", "Open the group: partitions, lag, members.", false},
		{ResetOffsets, Groups, []string{"o"}, "reset offsets", "Move the group's committed offsets, step by step.", true},
		{UndoReset, Groups, []string{"u"}, "", "Put the group's offsets back to what they were before a reset.", true},
		{Mark, Groups, []string{"space"}, "mark", "Mark the group under the cursor, to delete several at once.", false},
		{DeleteGroup, Groups, []string{"D"}, "delete", "Delete the group under the cursor, or all that are marked.", true},

		{NextTab, Group, []string{"tab", "right"}, "next tab", "Show the next tab.", false},
		{PrevTab, Group, []string{"shift+tab", "left"}, "", "Show the previous tab.", false},
		{Open, Group, []string{"enter"}, "open topic", "Open the topic under the cursor.", false},
		{TailTopic, Group, []string{"t"}, "tail", "Read the records of the partition under the cursor.", false},
		{ResetOffsets, Group, []string{"o"}, "reset offsets", "Move the group's committed offsets, step by step.", true},
		{UndoReset, Group, []string{"u"}, "", "Put the group's offsets back to what they were before a reset.", true},
		{Remove, Group, []string{"x"}, "remove", "Delete the group's offsets of the topic under the cursor, or remove the static member under it.", true},
		{DeleteGroup, Group, []string{"D"}, "delete group", "Delete the group.", true},

		{Open, Brokers, []string{"enter"}, "open", "Open the broker: configuration and log dirs.", false},

		{NextTab, Broker, []string{"tab", "right"}, "next tab", "Show the next tab.", false},
		{PrevTab, Broker, []string{"shift+tab", "left"}, "", "Show the previous tab.", false},
		{Open, Broker, []string{"enter"}, "open topic", "Open the topic under the cursor.", false},

		{Open, Contexts, []string{"enter"}, "attach", "Attach to the cluster under the cursor.", false},

		{Pause, Tail, []string{"space"}, "pause/go on", "Stop and go on; nothing is lost meanwhile.", false},
		{Filter, Tail, []string{"/"}, "search", "Filter what shows as you type; enter searches the topic: text, /regexp/, or an expression as value.total > 100.", false},
		{Seek, Tail, []string{"f"}, "from", "Choose where to read from: earliest, latest, N back, an offset, a time, what a group would read next.", false},
		{Open, Tail, []string{"enter"}, "open", "Open the record under the cursor whole.", false},
		{Decode, Tail, []string{"d"}, "decode", "Choose how keys or values of the topic are read; it is remembered.", false},
		{Until, Tail, []string{"u"}, "until", "Choose where to stop: never, the end as of now, an offset, a time.", false},
		{Context, Tail, []string{"x"}, "context", "Show the record under the cursor among those before and after it.", false},
		{Mark, Tail, []string{"m"}, "mark", "Mark the record under the cursor, or take the mark away.", false},
		{Export, Tail, []string{"e"}, "export", "Write the marked records, or all that show, to a file: JSONL, CSV or raw.", false},
		{Produces, Tail, []string{"p"}, "produce", "Write a record and send it to the topic.", true},
		{SendAgain, Tail, []string{"R"}, "", "Send the record under the cursor again, as it was or edited, to this topic or another.", true},
		{Redrives, Tail, []string{"M"}, "redrive", "Send the marked records, or every match of the search, to another topic; they are counted first.", true},
		{Edit, Tail, []string{"ctrl+e"}, "", "Open a copy of the value in $EDITOR.", false},
		{Order, Tail, []string{"o"}, "order", "Show records as they arrive, or merged over all partitions by timestamp.", false},
		{Isolation, Tail, []string{"i"}, "", "Leave out open and aborted transactions, or show them.", false},
		{CopyKey, Tail, []string{"K"}, "", "Copy the key to the clipboard.", false},
		{CopyRecord, Tail, []string{"Y"}, "", "Copy the whole record as JSON to the clipboard.", false},

		{NextTab, Record, []string{"tab"}, "next form", "Show the value in the next form that it can be read in: text, JSON, hex and others.", false},
		{NextRecord, Record, []string{"n", "right"}, "next", "Open the next record.", false},
		{PrevRecord, Record, []string{"p", "left"}, "previous", "Open the record before.", false},
		{Fold, Record, []string{"space", "enter"}, "fold", "Fold the object or list under the cursor in JSON, or open it again.", false},
		{FoldAll, Record, []string{"-"}, "", "Fold all of the JSON but its outermost level.", false},
		{UnfoldAll, Record, []string{"+"}, "", "Open all that is folded.", false},
		{Decode, Record, []string{"d"}, "decode", "Choose how keys or values of the topic are read; it is remembered.", false},
		{Copy, Record, []string{"y"}, "copy", "Copy the value to the clipboard, in the form that shows.", false},
		{CopyKey, Record, []string{"K"}, "", "Copy the key to the clipboard.", false},
		{CopyRecord, Record, []string{"Y"}, "", "Copy the whole record as JSON to the clipboard.", false},
		{Edit, Record, []string{"ctrl+e"}, "edit", "Open a copy of the value in $EDITOR.", false},
		{SendAgain, Record, []string{"R"}, "send again", "Send the record again, as it was or edited, to this topic or another.", true},

		{Open, Reset, []string{"enter"}, "next", "Go on to the next step.", false},
		{Mark, Reset, []string{"space"}, "choose", "Choose the row under the cursor, or leave it out.", false},
		{MarkAll, Reset, []string{"a"}, "all", "Choose all rows, or none.", false},
		{MarkTopic, Reset, []string{"t"}, "topic", "Choose all partitions of the topic under the cursor, or none.", false},
		{AddTopic, Reset, []string{"+"}, "add topic", "Add a topic that the group has not committed on.", false},

		{Open, ResetTarget, []string{"enter"}, "preview", "Show what would happen; nothing is written yet.", false},
		{Open, ResetPreview, []string{"enter"}, "confirm", "Go on to the confirmation; nothing is written yet.", true},
		{NextTab, ResetPreview, []string{"tab"}, "next tab", "Show the sums of each topic, or what is left alone.", false},
		{Open, ResetResult, []string{"enter"}, "close", "Close the reset.", false},
		{Retry, ResetResult, []string{"n"}, "plan the rest", "Make a new plan for the partitions that were not moved.", false},
		{UndoReset, ResetResult, []string{"u"}, "undo", "Put the offsets back to what they were before.", true},

		{Open, UndoStates, []string{"enter"}, "preview", "Show what would happen; nothing is written yet.", false},

		{SendPreview, Produce, []string{"ctrl+s"}, "send …", "Show what would be sent, and where; nothing is sent yet.", true},
		{NextField, Produce, []string{"tab"}, "next", "Go to the next field.", false},
		{PrevField, Produce, []string{"shift+tab"}, "", "Go to the field before.", false},
		{EditField, Produce, []string{"ctrl+e"}, "editor", "Write the key, the value or the headers in $EDITOR.", false},
		{FieldFile, Produce, []string{"ctrl+o"}, "file", "Take the key, the value or the headers from a file.", false},
		{Cancel, Produce, []string{"esc", "ctrl+c"}, "close", "Go back; what was typed is there again when the topic is produced to again.", false},
		{FieldNull, Produce, []string{"ctrl+n"}, "null", "Send no key, a tombstone as the value, or no headers; again takes back what was there.", false},
		{FieldsHelp, Produce, []string{"f1"}, "help", "Show every key that works here.", false},
		{FieldAsWas, Produce, []string{"ctrl+r"}, "", "Put the field back to how it was in the record that is sent again.", false},
		{StartAnew, Produce, []string{"ctrl+x"}, "", "Forget what was typed, and begin again.", false},
		{Accept, Produce, []string{"enter"}, "", "Go to the next field; in the value and the headers, begin a line.", false},
		{Up, Produce, []string{"up"}, "", "Move up a line or a row.", false},
		{Down, Produce, []string{"down"}, "", "Move down a line or a row.", false},
		{PrevChoice, Produce, []string{"left"}, "", "Take the choice before; in a text, move left.", false},
		{NextChoice, Produce, []string{"right"}, "", "Take the next choice; in a text, move right.", false},

		{Send, ProduceSend, []string{"enter"}, "send it", "Send the record that is shown.", true},
		{Back, ProduceSend, []string{"esc"}, "back to the form", "Go back to the form; nothing is sent.", false},
		{Open, ProduceSent, []string{"enter"}, "open it", "Open the record as it is stored.", false},
		{Another, ProduceSent, []string{"n"}, "send another", "Go back to the form, with all that is in it.", false},
		{Back, ProduceSent, []string{"esc"}, "close", "Go back to where you came from.", false},

		{Open, Redrive, []string{"enter"}, "count", "Count what would be sent; nothing is sent yet.", false},
		{Change, Redrive, []string{"space", "right"}, "change", "Change the choice under the cursor.", false},

		{Yes, Confirm, []string{"y"}, "yes", "Do it.", true},
		{Back, Confirm, []string{"esc", "n"}, "no", "Leave everything as it is.", false},
		{Stop, Confirm, []string{"s"}, "", "Stop what is under way, where that can be: it tells how far it has come.", false},
		{TailTopic, Confirmed, []string{"t"}, "", "Read the records of the topic that was changed.", false},
		{Open, Confirmed, []string{"enter"}, "close", "Go back to where you came from.", false},
	}
}
