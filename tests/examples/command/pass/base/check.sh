for text in words/*.txt; do
  test -e "$text" || continue
  echo "checked $text"
  if grep -n teh "$text"; then wrong=1; fi
done
exit ${wrong:-0}
