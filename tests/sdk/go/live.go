// A voice app on Google's SDK for Go. What it does is in ../README.md.
package main

import (
	"bufio"
	"context"
	"encoding/json"
	"log"
	"os"
	"sync"
	"time"

	"google.golang.org/genai"
)

const frameBytes = 640 // 20 ms

type event map[string]any

type command struct {
	Do, Model, Text, ID, Name string
	Pcm, Jpeg                 []byte
	Tool                      *genai.FunctionDeclaration
	Response                  map[string]any
}

type app struct {
	client  *genai.Client
	out     *json.Encoder
	lock    sync.Mutex // guards everything below, and whatever is written
	session *genai.Session
	handle  string
	voice   []byte // what the microphone will hear next
}

func (a *app) tell(name string, fields event) {
	a.lock.Lock()
	defer a.lock.Unlock()
	if fields == nil {
		fields = event{}
	}
	fields["event"] = name
	if err := a.out.Encode(fields); err != nil {
		log.Fatal(err)
	}
}

func (a *app) take(message *genai.LiveServerMessage) {
	if content := message.ServerContent; content != nil {
		if heard := content.InputTranscription; heard != nil && heard.Text != "" {
			a.tell("heard", event{"text": heard.Text})
		}
		if content.Interrupted {
			a.tell("interrupted", nil)
		}
		if content.ModelTurn != nil {
			for _, part := range content.ModelTurn.Parts {
				if part.InlineData != nil {
					a.tell("audio", event{"bytes": len(part.InlineData.Data)})
				}
			}
		}
		if said := content.OutputTranscription; said != nil && said.Text != "" {
			a.tell("said", event{"text": said.Text})
		}
	}
	if message.ToolCallCancellation != nil {
		a.tell("cancelled", event{"ids": message.ToolCallCancellation.IDs})
	}
	if message.ToolCall != nil {
		for _, call := range message.ToolCall.FunctionCalls {
			a.tell("call", event{"id": call.ID, "name": call.Name, "args": call.Args})
		}
	}
	if message.ServerContent != nil && message.ServerContent.TurnComplete {
		a.tell("done", nil)
	}
	if update := message.SessionResumptionUpdate; update != nil && update.NewHandle != "" {
		a.lock.Lock()
		a.handle = update.NewHandle
		a.lock.Unlock()
		a.tell("handle", nil)
	}
}

func (a *app) connect(model string, tool *genai.FunctionDeclaration) error {
	session, err := a.client.Live.Connect(context.Background(), model, &genai.LiveConnectConfig{
		ResponseModalities:       []genai.Modality{genai.ModalityAudio},
		InputAudioTranscription:  &genai.AudioTranscriptionConfig{},
		OutputAudioTranscription: &genai.AudioTranscriptionConfig{},
		SessionResumption:        &genai.SessionResumptionConfig{Handle: a.handle},
		Tools:                    []*genai.Tool{{FunctionDeclarations: []*genai.FunctionDeclaration{tool}}},
	})
	if err != nil {
		return err
	}
	a.lock.Lock()
	a.session = session
	a.lock.Unlock()
	a.tell("open", nil)
	go func() {
		for {
			message, err := session.Receive()
			if err != nil {
				a.lock.Lock()
				a.session = nil
				a.lock.Unlock()
				a.tell("closed", event{"why": err.Error()})
				return
			}
			a.take(message)
		}
	}()
	return nil
}

func (a *app) obey(c command) error {
	if c.Do == "connect" {
		return a.connect(c.Model, c.Tool)
	}
	a.lock.Lock()
	defer a.lock.Unlock()
	switch c.Do {
	case "say":
		a.voice = append(a.voice, c.Pcm...)
	case "ask":
		return a.session.SendClientContent(genai.LiveClientContentInput{
			Turns: genai.Text(c.Text), TurnComplete: genai.Ptr(true)})
	case "type":
		return a.session.SendRealtimeInput(genai.LiveRealtimeInput{Text: c.Text})
	case "show":
		return a.session.SendRealtimeInput(genai.LiveRealtimeInput{
			Video: &genai.Blob{Data: c.Jpeg, MIMEType: "image/jpeg"}})
	case "answer":
		return a.session.SendToolResponse(genai.LiveToolResponseInput{
			FunctionResponses: []*genai.FunctionResponse{{ID: c.ID, Name: c.Name, Response: c.Response}}})
	case "close":
		return a.session.Close()
	}
	return nil
}

func (a *app) microphone() {
	for range time.Tick(20 * time.Millisecond) {
		a.lock.Lock()
		frame := make([]byte, frameBytes)
		a.voice = a.voice[copy(frame, a.voice):]
		if a.session != nil {
			// A connection that has closed is told of by Receive.
			_ = a.session.SendRealtimeInput(genai.LiveRealtimeInput{
				Audio: &genai.Blob{Data: frame, MIMEType: "audio/pcm;rate=16000"}})
		}
		a.lock.Unlock()
	}
}

func main() {
	client, err := genai.NewClient(context.Background(), &genai.ClientConfig{
		APIKey: os.Getenv("GEMINI_API_KEY"), Backend: genai.BackendGeminiAPI})
	if err != nil {
		log.Fatal(err)
	}
	a := &app{client: client, out: json.NewEncoder(os.Stdout)}
	go a.microphone()
	lines := bufio.NewScanner(os.Stdin)
	lines.Buffer(nil, 1<<24)
	for lines.Scan() {
		var c command
		if err := json.Unmarshal(lines.Bytes(), &c); err != nil {
			log.Fatal(err)
		}
		if err := a.obey(c); err != nil {
			log.Fatal(err)
		}
	}
}
