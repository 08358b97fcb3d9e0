/*
 * Phrases in six languages, and the small deterministic draw that gen uses.
 * In titles and sentences '@' stands for a thing and '#' for a number.
 */
#include "tool.h"

#define WORDS(name, ...) static const char *const name[] = { __VA_ARGS__ }
#define LIST(name)       { (name), sizeof(name) / sizeof((name)[0]) }

WORDS(en_titles, "@ stopped working this morning", "Cannot sign in to @", "Wrong amount on invoice #",
      "Order # arrived damaged", "Question about @", "Please reset my access to @", "@ is very slow since Monday",
      "Refund for order #", "How do I export data from @?", "Error # when saving in @");
WORDS(en_sentences, "Since the update on Tuesday @ shows error # whenever I try to save.",
      "We have # people in the office and all of them see the same thing.",
      "I restarted @ twice and cleared the cache, but nothing changed.",
      "Could you tell me when this will be solved, because we need @ for the month-end closing?",
      "The message says that the connection was closed after # seconds.",
      "It worked without any trouble until yesterday afternoon.",
      "I attach the reference # that your colleague gave me on the phone.",
      "A colleague told me that the address has to be changed first; is that right?",
      "The delivery note lists # pieces, but only half of them were in the box.",
      "If it is easier for you, call me between nine and eleven.",
      "I tried the same on another computer with the same result, so it is probably not @ alone.",
      "Please treat this as important: a customer of ours has been waiting for # days.");
WORDS(en_things, "the shop", "the customer portal", "the printer on the second floor", "the payroll program",
      "the VPN", "my laptop", "the mobile app", "the invoice archive", "the card terminal", "the meeting room screen");
WORDS(en_first, "Emma", "Oliver", "Grace", "Jack", "Amelia", "Thomas", "Hannah", "Daniel");
WORDS(en_last, "Walker", "Hughes", "Bennett", "Carter", "Foster", "Shaw", "Reid", "Palmer");

WORDS(lt_titles, "Nuo ryto neveikia @", "Negaliu prisijungti: @", "Neteisinga suma sąskaitoje #",
      "Užsakymas # atkeliavo pažeistas", "Klausimas dėl: @", "Prašau atkurti prieigą: @", "Labai lėtai veikia @",
      "Pinigų grąžinimas už užsakymą #", "Kaip eksportuoti duomenis: @?", "Klaida # saugant: @");
WORDS(lt_sentences, "Po antradienio atnaujinimo @ rodo klaidą # kiekvieną kartą, kai bandau išsaugoti.",
      "Biure dirba # žmonės ir visi mato tą patį.",
      "Du kartus paleidau iš naujo ir išvaliau podėlį, bet niekas nepasikeitė.",
      "Ar galite pasakyti, kada tai bus sutvarkyta? Mums reikia, kad @ veiktų iki mėnesio pabaigos.",
      "Pranešime rašoma, kad ryšys nutrūko po # sekundžių.",
      "Iki vakar popietės viskas veikė be jokių rūpesčių.",
      "Pridedu numerį #, kurį man telefonu padiktavo jūsų kolegė.",
      "Kolega sakė, kad pirmiausia reikia pakeisti adresą. Ar tikrai?",
      "Važtaraštyje nurodyta # vienetų, bet dėžėje radome tik pusę.",
      "Jei jums patogiau, paskambinkite tarp devintos ir vienuoliktos.",
      "Išbandžiau kitame kompiuteryje ir rezultatas tas pats.",
      "Prašau laikyti tai svarbiu dalyku: mūsų klientas laukia jau # dienas.");
WORDS(lt_things, "parduotuvė", "klientų portalas", "antro aukšto spausdintuvas", "atlyginimų programa", "VPN",
      "mano nešiojamasis kompiuteris", "programėlė", "sąskaitų archyvas", "kortelių skaitytuvas");
WORDS(lt_first, "Jonas", "Rūta", "Mantas", "Eglė", "Tomas", "Giedrė", "Paulius", "Živilė");
WORDS(lt_last, "Kazlauskas", "Petraitė", "Jankauskas", "Žukauskienė", "Butkus", "Šimkutė", "Urbonas", "Vaitkus");

WORDS(sv_titles, "@ har slutat fungera", "Kan inte logga in: @", "Fel belopp på faktura #",
      "Beställning # kom fram skadad", "Fråga om @", "Återställ min behörighet: @", "@ är mycket långsam",
      "Återbetalning för beställning #", "Hur exporterar jag data från @?", "Fel # när jag sparar");
WORDS(sv_sentences, "Sedan uppdateringen i tisdags visar @ fel # varje gång jag försöker spara.",
      "Vi är # personer på kontoret och alla ser samma sak.",
      "Jag har startat om två gånger och tömt cachen, men ingenting hjälpte.",
      "Kan ni säga när det här är löst? Vi behöver @ till månadsbokslutet.",
      "I meddelandet står det att anslutningen stängdes efter # sekunder.",
      "Det fungerade utan problem fram till i går eftermiddag.",
      "Jag bifogar numret # som er kollega gav mig på telefon.",
      "En kollega sade att adressen måste ändras först. Stämmer det?",
      "På följesedeln står det # stycken, men bara hälften låg i lådan.",
      "Ring mig gärna mellan nio och elva om det är enklare.",
      "Jag provade på en annan dator med samma resultat, så det är nog inte bara @.",
      "Det här är viktigt för oss: en av våra kunder har väntat i # dagar.");
WORDS(sv_things, "webbutiken", "kundportalen", "skrivaren på plan två", "löneprogrammet", "VPN", "min dator",
      "mobilappen", "fakturaarkivet", "kortterminalen");
WORDS(sv_first, "Åsa", "Erik", "Linnéa", "Gustav", "Märta", "Björn", "Sofia", "Örjan");
WORDS(sv_last, "Lindqvist", "Öberg", "Sjöström", "Åkesson", "Nyström", "Holm", "Bergström", "Hägg");

WORDS(fa_titles, "@ از امروز صبح کار نمی‌کند", "نمی‌توانم وارد @ شوم", "مبلغ صورتحساب # اشتباه است",
      "سفارش # آسیب‌دیده رسید", "پرسش دربارهٔ @", "لطفاً دسترسی من به @ را بازیابی کنید", "@ بسیار کند شده است",
      "بازپرداخت سفارش #", "چگونه از @ خروجی بگیرم؟", "خطای # هنگام ذخیره در @");
WORDS(fa_sentences, "از زمان به‌روزرسانی روز سه‌شنبه، @ هر بار هنگام ذخیره خطای # نشان می‌دهد.",
      "ما در دفتر # نفر هستیم و همه همین مشکل را داریم.",
      "دو بار @ را دوباره راه‌اندازی کردم و حافظهٔ نهان را پاک کردم، ولی تغییری نکرد.",
      "لطفاً بگویید این مشکل کی حل می‌شود، چون برای پایان ماه به @ نیاز داریم.",
      "در پیام نوشته شده که اتصال پس از # ثانیه بسته شد.", "تا دیروز بعدازظهر همه چیز بدون مشکل کار می‌کرد.",
      "شمارهٔ # را که همکارتان تلفنی به من داد پیوست می‌کنم.",
      "همکارم گفت اول باید نشانی عوض شود؛ آیا درست است؟",
      "در برگهٔ تحویل # عدد نوشته شده، ولی فقط نیمی از آن در جعبه بود.",
      "اگر برایتان آسان‌تر است، بین ساعت نه تا یازده تماس بگیرید.",
      "روی رایانهٔ دیگری هم امتحان کردم و نتیجه همان بود.",
      "لطفاً این را مهم بدانید: یکی از مشتریان ما # روز است که منتظر است.");
WORDS(fa_things, "فروشگاه", "درگاه مشتریان", "چاپگر طبقهٔ دوم", "برنامهٔ حقوق", "وی‌پی‌ان", "لپ‌تاپ من",
      "برنامهٔ موبایل", "بایگانی صورتحساب‌ها", "دستگاه کارتخوان");
WORDS(fa_first, "سارا", "علی", "مریم", "رضا", "نگار", "حسین", "لیلا", "کیان");
WORDS(fa_last, "احمدی", "رضایی", "کریمی", "موسوی", "حسینی", "جعفری", "نوری", "صادقی");

WORDS(vi_titles, "@ không hoạt động từ sáng nay", "Không đăng nhập được vào @", "Sai số tiền trên hóa đơn #",
      "Đơn hàng # bị hỏng khi giao", "Câu hỏi về @", "Xin khôi phục quyền truy cập @", "@ chạy rất chậm",
      "Hoàn tiền cho đơn hàng #", "Làm thế nào để xuất dữ liệu từ @?", "Lỗi # khi lưu trong @");
WORDS(vi_sentences, "Từ bản cập nhật hôm thứ Ba, @ báo lỗi # mỗi khi tôi lưu.",
      "Văn phòng có # người và ai cũng gặp tình trạng này.",
      "Tôi đã khởi động lại @ hai lần và xóa bộ nhớ đệm nhưng không có gì thay đổi.",
      "Xin cho biết khi nào khắc phục xong, vì chúng tôi cần @ để chốt sổ cuối tháng.",
      "Thông báo ghi rằng kết nối bị đóng sau # giây.", "Mọi thứ vẫn chạy bình thường cho đến chiều hôm qua.",
      "Tôi gửi kèm mã số # mà đồng nghiệp của quý vị đã đọc qua điện thoại.",
      "Đồng nghiệp bảo tôi phải đổi địa chỉ trước, có đúng không?",
      "Phiếu giao hàng ghi # cái nhưng trong thùng chỉ có một nửa.",
      "Nếu tiện, xin gọi cho tôi từ chín đến mười một giờ.",
      "Tôi thử trên máy khác cũng cho kết quả y như vậy, nên chắc không chỉ do @.",
      "Việc này rất quan trọng: khách hàng của chúng tôi đã chờ # ngày.");
WORDS(vi_things, "cửa hàng", "cổng khách hàng", "máy in tầng hai", "phần mềm tính lương", "VPN", "máy tính của tôi",
      "ứng dụng di động", "kho hóa đơn", "máy quẹt thẻ");
WORDS(vi_first, "Nguyễn Minh", "Trần Thị", "Lê Quang", "Phạm Thu", "Hoàng Đức", "Vũ Ngọc", "Đặng Hải", "Bùi Thanh");
WORDS(vi_last, "Anh", "Hương", "Dũng", "Thảo", "Long", "Linh", "Sơn", "Trang");

WORDS(es_titles, "@ no funciona desde esta mañana", "No puedo entrar en @", "Importe incorrecto en la factura #",
      "El pedido # llegó dañado", "Pregunta sobre @", "Restablecer mi acceso a @", "@ va muy lento",
      "Reembolso del pedido #", "¿Cómo exporto los datos de @?", "Error # al guardar en @");
WORDS(es_sentences, "Desde la actualización del martes, @ muestra el error # cada vez que intento guardar.",
      "Somos # personas en la oficina y a todas nos pasa lo mismo.",
      "He reiniciado @ dos veces y he vaciado la caché, pero no ha cambiado nada.",
      "¿Podrían decirme cuándo estará resuelto? Necesitamos @ para el cierre del mes.",
      "El mensaje dice que la conexión se cerró después de # segundos.",
      "Funcionaba sin ningún problema hasta ayer por la tarde.",
      "Adjunto la referencia # que me dio su compañera por teléfono.",
      "Un compañero me ha dicho que primero hay que cambiar la dirección; ¿es así?",
      "El albarán indica # unidades, pero en la caja solo venía la mitad.",
      "Si les resulta más fácil, llámenme entre las nueve y las once.",
      "Lo he probado en otro ordenador con el mismo resultado, así que no será solo @.",
      "Es importante para nosotros: un cliente nuestro lleva # días esperando.");
WORDS(es_things, "la tienda", "el portal de clientes", "la impresora del segundo piso", "el programa de nóminas",
      "la VPN", "mi portátil", "la aplicación móvil", "el archivo de facturas", "el datáfono");
WORDS(es_first, "Lucía", "Íñigo", "Begoña", "Martín", "Sofía", "Álvaro", "Núria", "Joaquín");
WORDS(es_last, "Muñoz", "García", "Ibáñez", "Fernández", "Peña", "Rodríguez", "Vázquez", "Ortiz");

#define PHRASES(l, hello, bye)                                                              \
    { LIST(l##_titles), LIST(l##_sentences), LIST(l##_things), LIST(l##_first), LIST(l##_last), hello, bye }

const hd_phrases_t tool_phrases[HD_LANG_COUNT] = {
    [HD_LANG_EN] = PHRASES(en, "Hello,", "Thank you and kind regards,"),
    [HD_LANG_LT] = PHRASES(lt, "Laba diena,", "Pagarbiai,"),
    [HD_LANG_SV] = PHRASES(sv, "Hej,", "Vänliga hälsningar,"),
    [HD_LANG_FA] = PHRASES(fa, "سلام،", "با احترام،"),
    [HD_LANG_VI] = PHRASES(vi, "Xin chào,", "Trân trọng,"),
    [HD_LANG_ES] = PHRASES(es, "Buenos días:", "Un saludo,"),
};

uint64_t tool_rand(uint64_t *state)
{
    uint64_t z = (*state += UINT64_C(0x9E3779B97F4A7C15));
    z = (z ^ (z >> 30)) * UINT64_C(0xBF58476D1CE4E5B9);
    z = (z ^ (z >> 27)) * UINT64_C(0x94D049BB133111EB);
    return z ^ (z >> 31);
}

uint64_t tool_skewed(uint64_t *state, uint64_t n)
{
    double u = (double) (tool_rand(state) >> 11) / (double) (UINT64_C(1) << 53);
    return (uint64_t) (u * u * u * (double) n);
}

void tool_fill(hd_buf_t *b, uint64_t *state, const hd_phrases_t *p, const char *pattern, const char *thing)
{
    for (const char *c = pattern; *c != '\0'; c++) {
        if (*c == '@') {
            hd_buf_z(b, thing ? thing : tool_pick(state, p->things));
        } else if (*c == '#') {
            hd_buf_u64(b, 3 + tool_below(state, 97));
        } else {
            hd_buf_byte(b, *c);
        }
    }
}
